"""Sphinx configuration."""

import numbapool

project = "numbapool"
author = "the numbapool founders"
release = numbapool.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_parser"]
myst_enable_extensions = ["dollarmath"]
html_theme = "furo"
html_title = "numbapool"
exclude_patterns = ["_build"]
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
autodoc_typehints = "none"
default_role = "literal"
