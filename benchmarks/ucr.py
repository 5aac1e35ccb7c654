"""Command that runs classifiers over the UCR archive; see `benchmarks.accuracy.ucr`."""

from benchmarks.accuracy.ucr import main

if __name__ == "__main__":
    main()
