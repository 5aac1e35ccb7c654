"""Folders in which the files of a data set are searched for."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from difflib import get_close_matches
from importlib.util import find_spec
from pathlib import Path

from sktcn.datasets.arff import read_arff
from sktcn.datasets.reading import Content
from sktcn.datasets.table import read_tsv, read_txt
from sktcn.datasets.ts import read_ts

SPLITS = ("train", "test")
FORMATS: dict[str, Callable[[Path], Content]] = {
    ".tsv": read_tsv,
    ".ts": read_ts,
    ".txt": read_txt,
    ".arff": read_arff,
}
MAX_LISTED = 6  # files in a message


def search_folders(data_home: str | os.PathLike[str] | None) -> dict[str, Path]:
    """Return the folders to search, in order, by their description for the user."""
    given = {"data_home": data_home, "$SKTCN_DATA_HOME": os.environ.get("SKTCN_DATA_HOME") or None}
    folders = {name: Path(path).expanduser() for name, path in given.items() if path is not None}
    for name, folder in folders.items():
        if not folder.is_dir():
            error = NotADirectoryError if folder.exists() else FileNotFoundError
            raise error(f"{name} must be a folder, however: {folder}")
    sktime = find_spec("sktime")  # without its import, which takes a second
    for package in (sktime and sktime.submodule_search_locations) or ():
        folders["the sets that sktime ships"] = Path(package, "datasets", "data")
    return {name: folder for name, folder in folders.items() if folder.is_dir()}


def list_names(folders: dict[str, Path]) -> list[str]:
    """List the sets that have a file to train with."""
    sets = {path for folder in folders.values() for path in folder.iterdir()}
    return sorted({s.name for s in sets if any("train" in _split_files(s, e) for e in FORMATS)})


def find_files(
    name: str, splits: tuple[str, ...], folders: dict[str, Path]
) -> tuple[list[Path], Callable[[Path], Content]]:
    """Find the files of a set, one for each split, and the reader of their format."""
    for folder in folders.values():
        found = {suffix: _split_files(folder / name, suffix) for suffix in FORMATS}
        # Series may differ by format, so the choice of a format must not depend on the split.
        suffix = max(found, key=lambda suffix: len(found[suffix]))
        files = found[suffix]
        if files:
            for split in splits:
                if split not in files:
                    file = _split_file(folder / name, split, suffix)
                    raise FileNotFoundError(
                        f"{file} is missing{_describe_files(folder, name)}. {_download_hint(name)}"
                    )
            return [files[split] for split in splits], FORMATS[suffix]
    raise FileNotFoundError(_not_found(name, folders))


def _split_file(folder: Path, split: str, suffix: str) -> Path:
    return folder / f"{folder.name}_{split.upper()}{suffix}"


def _split_files(folder: Path, suffix: str) -> dict[str, Path]:
    """Return the files of a format that exist, as they are or compressed, by their split."""
    files = {}
    for split in SPLITS:
        for ending in (f"{suffix}.gz", suffix):
            file = _split_file(folder, split, ending)
            if file.is_file():
                files[split] = file
    return files


def _not_found(name: str, folders: dict[str, Path]) -> str:
    known = {other.lower(): other for other in list_names(folders)}
    close = [known[other] for other in get_close_matches(name.lower(), known)]
    hint = f" Did you mean {' or '.join(map(repr, close))}?" if close else ""
    searched = [
        f"\n  {folder / name} ({given}){_describe_files(folder, name)}"
        for given, folder in folders.items()
    ]
    extra = "" if find_spec("sktime") else ' sktime ships some: pip install "sktcn[sktime]".'
    if not searched:
        searched = [" nothing: data_home and SKTCN_DATA_HOME name no folder"]
    return (
        f"no data set {name!r}.{hint} Looked for {name}_TRAIN and {name}_TEST with the suffix "
        f"{', '.join(FORMATS)} or one of these and .gz, in:{''.join(searched)}\n"
        f"{_download_hint(name)}{extra}"
    )


def _describe_files(folder: Path, name: str) -> str:
    """Describe the files that are where those of a set should be, or one folder above."""
    inside = sorted(path.name for path in _iter_files(folder / name))
    beside = sorted(p.name for p in _iter_files(folder) if p.name.lower().startswith(name.lower()))
    found = inside or beside
    listed = ", ".join(found[:MAX_LISTED]) + (", ..." if len(found) > MAX_LISTED else "")
    return f"; {folder / name if inside else folder} holds {listed}" if found else ""


def _iter_files(folder: Path) -> Iterator[Path]:
    return (path for path in folder.iterdir() if path.is_file()) if folder.is_dir() else iter(())


def _download_hint(name: str) -> str:
    return (
        "Nothing is downloaded: get the UCR archive, unpacked, from "
        "https://www.cs.ucr.edu/~eamonn/time_series_data_2018/, or sets in .ts format from "
        f"https://www.timeseriesclassification.com, so that {name}/{name}_TRAIN.tsv (or .ts) and "
        f"{name}/{name}_TEST.tsv (or .ts) lie in a folder; then pass that folder as data_home or "
        "set SKTCN_DATA_HOME to it."
    )
