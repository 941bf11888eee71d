"""Writes docs/settings.md from the settings themselves: `python tools/settings_page.py > docs/settings.md`."""

from __future__ import annotations

import sys
from dataclasses import fields
from pathlib import Path

from siaga.settings import Settings

HEAD = """# Settings

Environment variables, read once when a process starts. What people change while they work is the city's data, not
a setting. This page is made by `tools/settings_page.py` from `src/siaga/settings.py`.

| variable | default | meaning |
| --- | --- | --- |
"""


def page() -> str:
    """The whole page."""
    rows = []
    for item in fields(Settings):
        plain = "" if item.default in (None, "", False, Path()) else f"`{item.default}`"
        rows.append(f"| `{item.metadata['env']}` | {plain} | {item.metadata['meaning']} |")
    return HEAD + "\n".join(rows) + "\n"


if __name__ == "__main__":
    sys.stdout.write(page())
