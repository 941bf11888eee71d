"""Which words a screen may not show to an Indonesian reader: English, words of the program, words of other trades."""

from __future__ import annotations

import importlib
import pkgutil
import re
from enum import StrEnum
from functools import cache

from babel.messages.pofile import read_po

import siaga.domain
from tests.walk.house import ROOT

from .looking import words_of

CATALOGUE = ROOT / "src" / "siaga" / "locale" / "en" / "LC_MESSAGES" / "siaga.po"
# Names, units and words both languages write alike, which stand only on the English side of the catalogue: the key
# Shift, roles and offices as agencies call them ("Supervisor teknik", "PUT", "UP3"), "CCTV area publik".
BOTH = {
    "a", "b", "c", "d", "e", "f", "g", "m", "n", "o", "p", "s", "t", "km", "id", "en", "gps", "sms", "csv", "xlsx",
    "admin", "dispatcher", "contoh", "shift", "supervisor", "put", "up", "area",
}  # fmt: skip
ENGLISH = {
    "the",
    "and",
    "not",
    "with",
    "for",
    "of",
    "to",
    "is",
    "are",
    "was",
    "this",
    "that",
    "no",
    "yes",
    "unknown",
}
# What the glossary of the field says "not" to; "kontak" is left out: it is also a person to ask about a place.
NOT_OURS = (
    "tiket", "insiden", "user", "customer", "agent", "resource", "submit", "forward", "acknowledge", "on scene",
    "closed", "resolved", "stale", "outdated", "offline", "ghost", "prank", "snooze", "shelve", "merge", "handover",
    "error", "none", "null", "undefined", "true", "false", "nan",
)  # fmt: skip
GAP = re.compile(r"[{][a-z_]+[}]")
RAW = re.compile(r"\b[a-z]+(?:_[a-z0-9]+)+\b")


@cache
def words_only_english() -> frozenset[str]:
    """Every word of the English catalogue that no Indonesian sentence of ours has."""
    with CATALOGUE.open("rb") as file:
        catalogue = read_po(file)
    indonesian: set[str] = set(BOTH)
    english: set[str] = set(ENGLISH)
    for message in catalogue:
        if not message.id:
            continue
        for given, into in ((message.id, indonesian), (message.string, english)):
            for text in given if isinstance(given, list | tuple) else (given,):
                into |= words_of(GAP.sub(" ", text or ""))
    return frozenset(english - indonesian)


@cache
def values_of_ours() -> frozenset[str]:
    """Every value of every enumeration of the domain that is no word of Indonesian."""
    for module in pkgutil.walk_packages(siaga.domain.__path__, "siaga.domain."):
        importlib.import_module(module.name)
    found = {value.value for kind in StrEnum.__subclasses__() if kind.__module__.startswith("siaga.")
             for value in kind}  # fmt: skip
    return frozenset(one for one in found if one in words_only_english() or "_" in one)


def raw_words(text: str) -> set[str]:
    """Words of the program: values of enumerations, names with underscores."""
    return (words_of(text) & values_of_ours()) | set(RAW.findall(text))


def forbidden_words(text: str) -> set[str]:
    """Words the rooms do not use."""
    small = text.lower()
    return {word for word in NOT_OURS if re.search(rf"\b{word}\b", small)}
