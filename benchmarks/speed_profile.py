"""Command that profiles a training step; see `benchmarks.speed.profile`."""

from benchmarks.speed.profile import main

if __name__ == "__main__":
    main()
