"""How is the site built? `sphinx-build -W -n docs build/docs` runs this, and asks the program what it can tell."""

from __future__ import annotations

import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parent.parent / "tests"))

import flake8_closures

project = "flake8-closures"
author = "flake8-closures contributors"
copyright = f"2026, {author}"
version = release = flake8_closures.__version__

extensions = ["myst_parser", "rule_pages", "option_lists"]
myst_heading_anchors = 3
smartquotes = False  # two dashes are two dashes
highlight_language = "python"

html_theme = "furo"
html_title = project
html_static_path = ["static"]
html_css_files = ["site.css"]
html_copy_source = False
html_show_sphinx = False
