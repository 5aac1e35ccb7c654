"""The site in a browser: nothing is cut, the console has no errors, the search finds the terms.

`SITE=docs/_build/html pytest -m slow tests/behaviour/test_site.py` looks at a site that is there.
"""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from urllib.parse import quote_plus

import pytest

from tests.helpers.browser import open_browser, resize

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
SITE = os.environ.get("SITE")
WITHOUT_GALLERY = ("-D", "plot_gallery=0", "-D", "suppress_warnings=image.not_readable")
PICTURES = "/gallery/images/"  # which are not there without the gallery
READ_FIRST = ["index", "getting_started", "user_guide/index", "gallery/index", "api", "search"]

# Code and tables scroll visibly, long paths are shortened; what has no width is for screen readers.
CUT = """
return [...document.querySelectorAll("html, body *")].filter(each =>
  each.scrollWidth > Math.max(each.clientWidth, 1) + 1 && each.clientWidth > 1
  && (each.tagName === "HTML" || getComputedStyle(each).overflowX !== "visible")
  && !each.matches("pre, table, .ellipsis")
).map(each => `${each.tagName}.${each.className}: ${each.scrollWidth} in ${each.clientWidth}`)
"""


def build(folder):
    """Build the site from a copy, since Sphinx writes pages beside the sources."""
    built = shutil.ignore_patterns("_build", "gallery", "generated", "local", "node_modules")
    for name in ("benchmarks", "docs", "examples"):
        shutil.copytree(ROOT / name, folder / name, ignore=built)
    for page in ROOT.glob("*.md"):
        shutil.copy(page, folder)
    command = [sys.executable, "-m", "sphinx", "-W", "-q", *WITHOUT_GALLERY, "docs", "site"]
    subprocess.run(command, cwd=folder, env=os.environ | {"PYTHONPATH": str(ROOT)}, check=True)
    return folder / "site"


class Silent(SimpleHTTPRequestHandler):
    """Serve files without a line about each."""

    def log_message(self, *_):
        pass


@pytest.fixture(scope="module")
def site(tmp_path_factory):
    pytest.importorskip("sphinx_gallery", reason="the tools of the documentation aren't installed")
    return Path(SITE) if SITE else build(tmp_path_factory.mktemp("documentation"))


@pytest.fixture(scope="module")
def address(site):
    """Serve the site on a port of this machine."""
    with ThreadingHTTPServer(("127.0.0.1", 0), partial(Silent, directory=site)) as server:
        Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def window(tmp_path_factory):
    with open_browser(tmp_path_factory.mktemp("profile")) as window:
        yield window


def prefer(window, scheme):
    """Emulate a system in which light or dark pages are preferred."""
    media = {"features": [{"name": "prefers-color-scheme", "value": scheme}]}
    window.execute_cdp_cmd("Emulation.setEmulatedMedia", media)


def complaints(window):
    """Return what the console shows besides the theme's notes on what it does."""
    return [
        entry["message"]
        for entry in window.get_log("browser")
        if entry["level"] != "INFO" and (SITE or PICTURES not in entry["message"])
    ]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_first_visit_is_silent_in_the_colours_of_the_system(address, tmp_path, scheme):
    with open_browser(tmp_path) as window:
        prefer(window, scheme)
        for page in READ_FIRST:
            window.get(f"{address}/{page}.html")
            assert complaints(window) == [], page
            assert window.execute_script("return document.documentElement.dataset.theme") == scheme


@pytest.mark.parametrize("width", [390, 1280])
def test_no_page_is_cut_or_wider_than_the_window(window, site, address, width):
    resize(window, width)
    pages = [page.relative_to(site) for page in site.rglob("*.html") if "_static" not in page.parts]
    assert len(pages) > 100
    wrong = {}
    for page in sorted(pages):
        window.get(f"{address}/{page.as_posix()}")
        if found := window.execute_script(CUT) + complaints(window):
            wrong[str(page)] = found
    assert wrong == {}


@pytest.mark.parametrize(
    ("term", "page"),
    [
        ("padding", "user_guide/ragged_and_missing.html"),
        ("prefix", "user_guide/early_decisions.html"),
        ("mini-batch", "user_guide/training.html"),
        ("receptive field", "user_guide/how_a_tcn_works.html"),
    ],
)
def test_the_search_finds_the_words_of_the_field(window, address, term, page):
    from selenium.webdriver.support.wait import WebDriverWait

    window.get(f"{address}/search.html?q={quote_plus(term)}")
    summary = window.find_element("css selector", "#search-results .search-summary")
    WebDriverWait(window, 30).until(lambda _: "finished" in summary.text)
    links = window.find_elements("css selector", "#search-results .search a")
    found = {link.get_attribute("href").partition("#")[0] for link in links}
    assert f"{address}/{page}" in found
    assert complaints(window) == []
