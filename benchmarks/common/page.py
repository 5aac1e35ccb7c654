"""Page of tables and pictures: one self-contained HTML file, and the same as Markdown."""

from __future__ import annotations

import html
import math
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
import pandas as pd
from markupsafe import Markup


@dataclass(frozen=True)
class Column:
    """Title of a table's column, and the format of its numbers; None for text."""

    title: str
    form: str | None = None

    @property
    def is_text(self) -> bool:
        """True for a column of text."""
        return self.form is None


@dataclass(frozen=True)
class Cell:
    """Text shown, and key sorted by; both are empty for a missing value."""

    text: str
    key: str
    is_best: bool = False


@dataclass(frozen=True)
class Table:
    """Columns, and rows of cells."""

    columns: list[Column]
    rows: list[list[Cell]]


@dataclass(frozen=True)
class Picture:
    """SVG with an alternative text for screen readers."""

    name: str
    alt: str
    svg: str

    @property
    def inline(self) -> Markup:
        """Return the SVG as an element of an HTML page."""
        named = f'<svg role="img" aria-label="{html.escape(self.alt)}" '
        return Markup(self.svg.replace("<svg ", named, 1))


@dataclass(frozen=True)
class Section:
    """Section of a page: title, paragraphs, bullet points, a table and a picture."""

    title: str
    text: list[str] = field(default_factory=list)
    points: list[str] = field(default_factory=list)
    table: Table | None = None
    picture: Picture | None = None


@dataclass(frozen=True)
class Page:
    """Title, introduction and sections."""

    title: str
    intro: list[str]
    sections: list[Section]


def make_table(
    frame: pd.DataFrame,
    columns: dict[str, Column],
    best_in_row: bool = False,
    *,
    lower_is_better: bool = False,
) -> Table:
    """Make a table of a frame's columns, the first of which names the rows."""
    best = min if lower_is_better else max
    rows = []
    for values in frame[list(columns)].itertuples(index=False, name=None):
        known = [value for value in values[1:] if _is_known(value)]
        top = best(known) if best_in_row and known else None
        rows.append(
            [make_cell(v, c.form, v == top) for v, c in zip(values, columns.values(), strict=True)]
        )
    return Table(list(columns.values()), rows)


def make_cell(value: Any, form: str | None, is_best: bool = False) -> Cell:
    """Format a value."""
    if not _is_known(value):
        return Cell("", "")
    if form is None:
        return Cell(str(value), str(value))
    return Cell(format(value, form), repr(float(value)), is_best)


def _is_known(value: Any) -> bool:
    return value is not None and not (isinstance(value, float) and math.isnan(value))


def write_page(page: Page, folder: Path) -> None:
    """Write ``index.html``, ``report.md`` and the pictures that the Markdown links to."""
    folder.mkdir(parents=True, exist_ok=True)
    loader = jinja2.FileSystemLoader(Path(__file__).parent)
    strict = {"undefined": jinja2.StrictUndefined, "keep_trailing_newline": True}
    web = jinja2.Environment(loader=loader, autoescape=True, **strict)
    plain = jinja2.Environment(loader=loader, autoescape=False, **strict)
    plain.filters["cell"] = lambda text: str(text).replace("|", "\\|").replace("\n", " ")
    for environment, template, name in (
        (web, "page.html.jinja", "index.html"),
        (plain, "page.md.jinja", "report.md"),
    ):
        text = environment.get_template(template).render(page=page)
        (folder / name).write_text(text, encoding="utf-8")
    for section in page.sections:
        if section.picture:
            file = folder / f"{section.picture.name}.svg"
            file.write_text(section.picture.svg, encoding="utf-8")
