"""Command that measures searches on joblib, Dask and Ray; see `benchmarks.scale.scale_out`."""

from benchmarks.scale.scale_out import main

if __name__ == "__main__":
    main()
