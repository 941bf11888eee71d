"""Writes docs/shortcuts.md from keys and verbs: python tools/shortcuts.py [check]"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

from siaga.domain.command_words import GRAMMAR, PART_LABELS, SEND_AND

ROOT = Path(__file__).resolve().parents[1]
REGISTRY = ROOT / "web" / "shortcuts.json"
PAGE = ROOT / "docs" / "shortcuts.md"
SCREENS = {
    "desk": "Meja panggilan `/meja`",
    "board": "Papan `/papan`",
    "incident": "Kejadian",
    "map": "Peta `/peta`",
    "agency": "OPD `/opd`",
    "recordings": "Rekaman `/pengawas/rekaman`",
    "report": "Laporan `/laporan`",
}
CAPS = {
    "Escape": "Esc",
    "ArrowUp": "↑",
    "ArrowDown": "↓",
    "ArrowLeft": "←",
    "ArrowRight": "→",
    "Space": "Spasi",
}
NEVER = ("F5", "F11", "F12", "Ctrl+N", "Ctrl+T", "Ctrl+W", "Ctrl+R", "Ctrl+L", "Ctrl+F")
HEAD = """# Keys

Made from `web/shortcuts.json` by `tools/shortcuts.py`; the same file drives the handlers, the overlay of F1 and the
key-caps in the buttons. The words are those of the screen.

Never bound, because they are the browser's: {never}. Keys "in a list" work only while a row has the focus; letters
only where the screen has a button for them.
"""
COMMANDS = """## Baris perintah

`/` or Ctrl+K. Blank, `.`, `,` and `;` separate; capitals do not matter; the last digits of an incident's number are
enough. The sentence behind the arrow is what Enter does. One's own keys: `/saya/tombol`.
"""


def page(registry: list[dict[str, Any]]) -> str:
    """The whole document."""
    lines = [HEAD.format(never=", ".join(NEVER))]
    for screen, title in SCREENS.items():
        lines += [f"## {title}", "", "| Tombol | Guna | |", "| --- | --- | --- |"]
        lines += [_row(registry, one) for one in registry if screen in one["screens"]]
        lines.append("")
    return "\n".join([*lines, *_grammar()])


def _grammar() -> list[str]:
    """The verbs of the command line."""
    lines = [COMMANDS, "| Ketik | Juga | Guna |", "| --- | --- | --- |"]
    for words in GRAMMAR:
        parts = [f"<{PART_LABELS[part]}>" for part in words.needs] + [
            f"[{PART_LABELS[part]}]" for part in words.may
        ]
        also = ", ".join(f"`{one}`" for one in words.also)
        lines.append(f"| `{' '.join([words.verb.value, *parts])}` | {also} | {words.what} |")
    both = ", ".join(f"`{word}` = `D` + `{status.value}`" for word, status in SEND_AND.items())
    return [*lines, "", f"{both}.", ""]


def _row(registry: list[dict[str, Any]], one: dict[str, Any]) -> str:
    scope = one.get("scope", "")
    keys = [f"`{CAPS.get(key, key)}`" for key in one["keys"]]
    if scope.startswith("after "):
        first = next(other for other in registry if other["id"] == scope.removeprefix("after "))
        keys = [f"`{first['keys'][0]}` lalu {key}" for key in keys]
    where = {"list": "di dalam daftar", "free": "bila tidak mengetik"}.get(scope, "")
    return f"| {' / '.join(keys)} | {one['label']} | {where} |"


def main() -> int:
    text = page(json.loads(REGISTRY.read_text(encoding="utf-8")))
    if sys.argv[1:] == ["check"]:
        if PAGE.read_text(encoding="utf-8") == text:
            return 0
        print("docs/shortcuts.md is old: run python tools/shortcuts.py")
        return 1
    PAGE.write_text(text, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
