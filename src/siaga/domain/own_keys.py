"""A person's own keys: which may be changed, to what, and what two acts may not share.

Rule 1: an act has exactly one owner of its key on every screen where it works.
Rule 2: the browser's keys are refused; so is what would be typed text everywhere.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from siaga.domain.errors import RuleBroken

RESERVED = frozenset(("F5", "F11", "F12", "Ctrl+N", "Ctrl+T", "Ctrl+W", "Ctrl+R", "Ctrl+L", "Ctrl+F"))
FUNCTION_KEY = re.compile(r"(?:Ctrl\+)?(?:Alt\+)?(?:Shift\+)?F(?:[1-9]|1[0-2])")
CHORD = re.compile(r"(?:Ctrl\+Alt\+|Ctrl\+|Alt\+)(?:[A-Z0-9/.,;=-]|Enter)")
EDITING = frozenset(
    ("Ctrl+A", "Ctrl+C", "Ctrl+V", "Ctrl+X", "Ctrl+Y", "Alt+F4")
)  # of the text fields, of the system
LETTER = re.compile(r"[A-Z0-9/?.,;+=-]")
FIXED = frozenset(("close", "list_up", "list_down", "list_open", "next_panel", "previous_panel", "help"))
# Whoever looks over a shoulder, or comes for the next shift, must find the way in and out.

Shortcut = Mapping[str, Any]
OwnKeys = tuple[tuple[str, str], ...]


def may_change(shortcut: Shortcut) -> bool:
    """Digits after a first key, arrows and the ways in and out stay as they are."""
    scope = shortcut.get("scope") or ""
    return shortcut["id"] not in FIXED and (scope in ("", "list") or shortcut["keys"][0] == "Ctrl+Z")


def keys_with(shortcut: Shortcut, own: OwnKeys) -> tuple[str, ...]:
    """The keys of an act for somebody with these own keys: hers takes the place of the first."""
    mine = dict(own).get(shortcut["id"])
    usual = tuple(shortcut["keys"])
    return (mine, *(key for key in usual[1:] if key != mine)) if mine else usual


def changed(registry: Sequence[Shortcut], own: OwnKeys, id: str, key: str) -> OwnKeys:
    """Own keys with one more. Raises RuleBroken for a reserved, impossible or taken key."""
    shortcut = next((one for one in registry if one["id"] == id), None)
    if shortcut is None or not may_change(shortcut):
        raise RuleBroken("Tombol ini tidak dapat diubah.")
    key = key.strip()
    if key in RESERVED or key in EDITING:
        raise RuleBroken("{key} milik browser: pilih tombol lain.", key=key)
    if shortcut.get("scope") == "list":
        if not LETTER.fullmatch(key):
            raise RuleBroken("Di dalam daftar: satu huruf atau angka.")
    elif not (FUNCTION_KEY.fullmatch(key) or CHORD.fullmatch(key)):
        raise RuleBroken("Pilih tombol F1–F12, atau Ctrl/Alt dengan satu huruf atau angka.")
    after = (*((known, kept) for known, kept in own if known != id), (id, key))
    if clash := clashing(registry, after, shortcut):
        raise RuleBroken("{key} sudah dipakai untuk: {label}", key=key, label=clash["label"])
    return tuple(pair for pair in after if pair != (id, shortcut["keys"][0]))


def clashing(registry: Iterable[Shortcut], own: OwnKeys, shortcut: Shortcut) -> Shortcut | None:
    """Another act that would answer to one of these keys on a common screen."""
    mine = set(keys_with(shortcut, own))
    for other in registry:
        if other["id"] == shortcut["id"] or str(other.get("scope", "")).startswith("after "):
            continue
        if set(other["screens"]) & set(shortcut["screens"]) and mine & set(keys_with(other, own)):
            return other
    return None
