"""How the documentation site is built: `make docs`, or `sphinx-build -W -n docs docs/_build/html`."""

import sys
from pathlib import Path

HERE = Path(__file__).parent
sys.path.insert(0, str(HERE))

import matplotlib  # noqa: E402

import w2s_asymptotics as w2s  # noqa: E402

matplotlib.use("Agg")

project = "w2s_asymptotics"
author = "The w2s_asymptotics authors"
project_copyright = "the w2s_asymptotics authors"
version = release = w2s.__version__
language = "en"

extensions = [
    "myst_parser",
    "sphinx.ext.autodoc",
    "sphinx.ext.napoleon",
    "sphinx_gallery.gen_gallery",
    "sphinx_copybutton",
    "sphinx_design",
    "site_tools.maths",
    "site_tools.pictures",
    "site_tools.theory",
    "site_tools.reference",
    "site_tools.explorer",
]
exclude_patterns = ["_build", "gallery"]
nitpicky = True
suppress_warnings = ["config.cache"]

# Formulas: MathML written at build time, so that pages need no script and no network.
html_math_renderer = "mathml"
myst_enable_extensions = ["dollarmath", "colon_fence", "deflist", "attrs_inline"]
myst_heading_anchors = 3
myst_links_external_new_tab = False
# `page:` leads to what stands in the site without being written in Markdown: the explorer.
myst_url_schemes = {"http": None, "https": None, "page": "{{path}}#{{fragment}}"}

default_role = "literal"
autodoc_typehints = "none"
autodoc_member_order = "bysource"
napoleon_use_rtype = False
napoleon_numpy_docstring = True
napoleon_google_docstring = False
napoleon_attr_annotations = False

html_theme = "furo"
html_title = "w2s_asymptotics"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sourcelink = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0b5c7a", "color-brand-content": "#0b5c7a"},
    "dark_css_variables": {"color-brand-primary": "#7cc4e0", "color-brand-content": "#7cc4e0"},
    "navigation_with_keys": True,
}
pygments_style = "friendly"
pygments_dark_style = "monokai"
copybutton_prompt_text = r">>> |\.\.\. |\$ "
copybutton_prompt_is_regexp = True

sphinx_gallery_conf = {
    "examples_dirs": ["gallery"],
    "gallery_dirs": ["auto_gallery"],
    "filename_pattern": r"/plot_",
    "capture_repr": ("_repr_html_", "__str__"),
    "ignore_repr_types": r"matplotlib|'list'",
    "remove_config_comments": True,
    "download_all_examples": False,
    "show_memory": False,
    "show_signature": False,
    "min_reported_time": 1000,
    "doc_module": ("w2s_asymptotics",),
    "within_subsection_order": "FileNameSortKey",
    "write_computation_times": False,
    "thumbnail_size": (400, 280),
    "image_scrapers": ("site_tools.pictures.scrape",),
    "abort_on_example_error": True,
    "nested_sections": False,
}
