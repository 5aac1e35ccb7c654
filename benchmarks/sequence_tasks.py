"""Command for the tasks of the TCN paper; see `benchmarks.steps.sequence_tasks`."""

from benchmarks.steps.sequence_tasks import main

if __name__ == "__main__":
    main()
