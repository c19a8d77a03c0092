"""How is the site built? `sphinx-build -W -n docs build/docs`; the pages of the rules are written first."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
sys.path.insert(0, str(HERE))

import flake8_closures

project = "flake8-closures"
author = "flake8-closures contributors"
copyright = f"2026, {author}"
version = release = flake8_closures.__version__

extensions = ["myst_parser"]
myst_heading_anchors = 3
exclude_patterns = ["generated"]
highlight_language = "python"

html_theme = "furo"
html_title = project
html_copy_source = False
html_show_sphinx = False


def write_pages(app: Any) -> None:
    """Write the pages that are made anew with every build; what has not changed is not touched, what is gone goes."""
    import rule_pages

    folder = HERE / "rules"
    folder.mkdir(exist_ok=True)
    pages = {folder / f"{name}.md": text for name, text in rule_pages.pages().items()}
    for path in set(folder.iterdir()) - set(pages):
        path.unlink()
    for path, text in pages.items():
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")


def setup(app: Any) -> None:
    app.connect("builder-inited", write_pages)
