"""Command that compares runs, or shows a search, on a page; see `benchmarks.accuracy.report`."""

from benchmarks.accuracy.report import main

if __name__ == "__main__":
    main()
