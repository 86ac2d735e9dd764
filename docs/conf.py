"""Sphinx configuration."""

import sys
from pathlib import Path

import numbapool

sys.path.insert(0, str(Path(__file__).parent))
import generate

project = "numbapool"
author = "the numbapool founders"
release = numbapool.__version__
extensions = ["sphinx.ext.autodoc", "sphinx.ext.autosummary", "numpydoc", "myst_parser"]
myst_enable_extensions = ["dollarmath"]
myst_heading_anchors = 2
html_theme = "furo"
html_title = "numbapool"
exclude_patterns = ["_build"]
autosummary_generate = True
numpydoc_show_class_members = False
numpydoc_class_members_toctree = False
autodoc_typehints = "none"
default_role = "literal"

generate.write_operations()
generate.write_reference()
