"""Sphinx configuration."""

import logging
import sys
from pathlib import Path

import numbapool

sys.path.insert(0, str(Path(__file__).parent))
import generate
import generate_reference
import pictures

project = "numbapool"
author = "the numbapool founders"
copyright = "2026, the numbapool founders"
release = version = numbapool.__version__
extensions = [
    "sphinx.ext.autodoc",
    "sphinx.ext.intersphinx",
    "numpydoc",
    "myst_parser",
    "sphinx_design",
    "sphinx_gallery.gen_gallery",
]
exclude_patterns = ["_build", "examples", "gallery", "studies", "generated/gallery/sg_execution_times.rst"]
default_role = "literal"

myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3

autodoc_typehints = "none"
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False

html_theme = "pydata_sphinx_theme"
html_title = "numbapool"
html_static_path = ["static"]
html_css_files = ["numbapool.css"]
html_copy_source = False
html_show_sourcelink = False
html_sidebars = {"index": [], "tutorial": [], "zh/*": []}
html_theme_options = {
    "logo": {"text": "numbapool"},
    "header_links_before_dropdown": 6,
    "navbar_align": "left",
    "navbar_end": ["theme-switcher"],
    "show_nav_level": 1,
    "show_toc_level": 2,
    "navigation_with_keys": False,
    "secondary_sidebar_items": ["page-toc"],
    "footer_start": ["copyright"],
    "footer_end": [],
}

sphinx_gallery_conf = {
    "examples_dirs": "gallery",
    "gallery_dirs": "generated/gallery",
    "within_subsection_order": "FileNameSortKey",
    "backreferences_dir": None,
    "capture_repr": (),
    "download_all_examples": False,
    "min_reported_time": 1e9,  # times of a documentation build tell nothing of the kernels
    "remove_config_comments": True,
    "show_signature": False,
    "thumbnail_size": (400, 400),
    "write_computation_times": False,
}

intersphinx_mapping = {
    name: (f"https://{place}/", None)
    for name, place in {
        "python": "docs.python.org/3",
        "numpy": "numpy.org/doc/stable",
        "numba": "numba.readthedocs.io/en/stable",
        "scipy": "docs.scipy.org/doc/scipy",
        "skimage": "scikit-image.org/docs/stable",
        "torch": "docs.pytorch.org/docs/stable",
        "dask": "docs.dask.org/en/stable",
        "xarray": "docs.xarray.dev/en/stable",
    }.items()
}
intersphinx_timeout = 5


def _reached(record):
    """Builds pass without a network: links to other projects are then plain text."""
    return "failed to reach any of the inventories" not in str(record.msg)


logging.getLogger("sphinx.sphinx.ext.intersphinx").addFilter(_reached)


def _language_of_page(app, page, template, context, doctree):
    """Tell browsers and readers of screens that a page is Chinese."""
    if page.startswith("zh/"):
        context["language"] = "zh-CN"


def setup(app):
    app.connect("html-page-context", _language_of_page)


generate.write_operations()
generate_reference.write_reference()
pictures.write_pictures()
