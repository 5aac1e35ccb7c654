"""Configuration of Sphinx for the documentation: `make docs`."""

import shutil
import tomllib
import zlib
from pathlib import Path

from docutils import nodes
from docutils.utils.math.latex2mathml import tex2mathml

import sktcn

HERE = Path(__file__).parent


def gallery_scripts():
    """Copy the scripts of the gallery to a folder that holds nothing else."""
    folder = HERE / "_build" / "examples"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    shutil.copy(HERE / "gallery_header.rst", folder / "GALLERY_HEADER.rst")
    for script in (HERE.parent / "examples").glob("plot_*.py"):
        shutil.copy(script, folder)
    return folder


def inventories():
    """Write the inventory of each project in inventories.toml; yield its name, URL and path."""
    folder = HERE / "_build" / "inventories"
    folder.mkdir(parents=True, exist_ok=True)
    for name, listed in tomllib.loads((HERE / "inventories.toml").read_text()).items():
        path = folder / f"{name}.inv"
        head = f"# Sphinx inventory version 2\n# Project: {name}\n# Version: \n"
        entries = "".join(
            f"{each} {role} 1 {page.replace('$', each)} -\n"
            for page, roles in listed["pages"].items()
            for role, names in roles.items()
            for each in names
        )
        zipped = b"# The remainder of this file is compressed using zlib.\n"
        path.write_bytes(head.encode() + zipped + zlib.compress(entries.encode()))
        yield name, listed["url"], path


def write_mathml(translator, node):
    """Write a formula as MathML, which browsers draw by themselves."""
    as_block = isinstance(node, nodes.math_block)
    translator.body.append(tex2mathml(node.astext(), as_block=as_block))
    raise nodes.SkipNode


def close_doctests(app, name, source):
    """Take the empty line, by which a doctest ends, from the end of blocks of code."""
    source[0] = source[0].replace("\n\n```\n", "\n```\n")


def setup(app):
    """Add the renderer of formulas; let no block of code end in an empty line."""
    app.connect("source-read", close_doctests)
    app.add_html_math_renderer("mathml", (write_mathml, None), (write_mathml, None))


project = "sktcn"
author = "sktcn developers"
project_copyright = "sktcn developers, BSD-3-Clause"
version = release = sktcn.__version__

extensions = [
    "myst_parser",
    "numpydoc",
    "sphinx.ext.autodoc",
    "sphinx.ext.autosummary",
    "sphinx.ext.intersphinx",
    "sphinx_copybutton",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "gallery_header.rst"]
templates_path = ["_templates"]

# A word in single backticks is a link where such a name is documented, and code elsewhere. Names in
# explicit roles, such as {class}, have to be documented.
default_role = "py:obj"
nitpicky = True
nitpick_ignore_regex = [("py:obj", ".*")]

myst_enable_extensions = ["deflist", "dollarmath"]
myst_heading_anchors = 3

toc_object_entries_show_parents = "hide"
autosummary_generate = True
autodoc_typehints = "none"  # numpydoc's sections say them
numpydoc_show_class_members = False  # the template of classes does
numpydoc_xref_param_type = True
numpydoc_xref_ignore = "all"
numpydoc_xref_aliases = {
    "DataFrame": "pandas.DataFrame",
    "Module": "torch.nn.Module",
    "ndarray": "numpy.ndarray",
    "Tensor": "torch.Tensor",
}

sphinx_gallery_conf = {
    "examples_dirs": str(gallery_scripts()),
    "gallery_dirs": "gallery",
    "within_subsection_order": "FileNameSortKey",
    "doc_module": ("sktcn",),
    "reference_url": {"sktcn": None},
    "backreferences_dir": "generated/backreferences",
    "abort_on_example_error": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "write_computation_times": False,  # its page loads scripts from elsewhere
}

# Builds are offline: the names that the documentation links to are listed in a file.
intersphinx_mapping = {name: (url, str(path)) for name, url, path in inventories()}

copybutton_prompt_text = r">>> |\.\.\. "
copybutton_prompt_is_regexp = True

html_math_renderer = "mathml"  # of docutils; MathJax would be loaded from elsewhere
html_theme = "pydata_sphinx_theme"
html_title = f"sktcn {release}"
html_static_path = ["_static"]
html_css_files = ["sktcn.css"]
html_favicon = "_static/favicon.svg"
html_context = {"default_mode": "auto"}  # or the theme complains at a reader's first visit
html_sidebars = {"index": [], "getting_started": [], "api": [], "changelog": []}
html_theme_options = {
    "navbar_align": "left",
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": ["theme-version"],
}
html_show_sourcelink = False
