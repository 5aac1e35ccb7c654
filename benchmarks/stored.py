"""Command that measures series larger than memory; see `benchmarks.scale.stored`."""

from benchmarks.scale.stored import main

if __name__ == "__main__":
    main()
