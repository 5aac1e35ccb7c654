"""Print the lowest releases that pyproject.toml allows, as constraints for pip.

    python .ci/lowest.py test                     of the dependencies and of the extra "test"
    python .ci/lowest.py test docs torch==2.13.0  of two extras, and this release of torch

Where several extras bound one package, the highest of the bounds holds.
"""

from __future__ import annotations

import re
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[1]
REQUIREMENT = re.compile(r"(?P<name>[\w.-]+)(?:\[(?P<extras>[\w,.-]+)\])?(?:>=(?P<bound>[\d.]+))?$")


def bounds(requirements: list[str], extras: dict[str, list[str]]) -> Iterator[tuple[str, str]]:
    """Yield the name and the lower bound of each requirement, those of nested extras included."""
    for requirement in requirements:
        found = REQUIREMENT.match(requirement)
        if found is None:
            raise SystemExit(f"a requirement must be name>=release, however: {requirement!r}")
        if found["name"] == "sktcn":
            for extra in found["extras"].split(","):
                yield from bounds(extras[extra], extras)
        else:
            yield found["name"], found["bound"]


def lowest(*wanted: str) -> dict[str, str]:
    """Return the lowest release of each package that the library and these extras need."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    extras = project["optional-dependencies"]
    requirements = [*project["dependencies"], *(f"sktcn[{extra}]" for extra in wanted)]
    releases: dict[str, str] = {}
    for name, bound in bounds(requirements, extras):
        releases[name] = max(bound, releases.get(name, bound), key=as_numbers)
    return releases


def as_numbers(release: str) -> list[int]:
    """Return the parts of a release, which compare as numbers and not as text."""
    return [int(part) for part in release.split(".")]


if __name__ == "__main__":
    pins = dict(each.split("==") for each in sys.argv[1:] if "==" in each)
    releases = lowest(*(each for each in sys.argv[1:] if "==" not in each)) | pins
    print(*(f"{name}=={release}" for name, release in releases.items()), sep="\n")
