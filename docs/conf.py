"""Settings of the documentation: Markdown pages, and a reference from the docstrings."""

import seqkit

project = "seqkit"
author = "The seqkit authors"
release = version = seqkit.__version__
extensions = ["myst_parser", "sphinx.ext.autodoc", "sphinx.ext.napoleon", "sphinx.ext.viewcode"]
myst_enable_extensions = ["colon_fence"]
myst_heading_anchors = 3
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "seqkit"
autodoc_member_order = "bysource"
autodoc_typehints = "none"
# transformers documents its own base classes in a markup of its own, which Sphinx cannot read.
autodoc_default_options = {"inherited-members": False}
# The equations and tables in docstrings are indented or drawn as they are read in the source.
suppress_warnings = ["docutils"]
