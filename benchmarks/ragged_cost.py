"""Command that measures fits on ragged series; see `benchmarks.padding.ragged_cost`."""

from benchmarks.padding.ragged_cost import main

if __name__ == "__main__":
    main()
