"""Command that compares step and window classifiers; see `benchmarks.steps.recordings`."""

from benchmarks.steps.recordings import main

if __name__ == "__main__":
    main()
