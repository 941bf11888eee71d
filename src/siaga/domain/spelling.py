"""How words are compared when people type in a hurry.

Rule 1: everything here is for comparing only. What was typed is kept as it was typed.
Rule 2: no list of places or names: those are the city's data.
"""

from __future__ import annotations

import re
import unicodedata

FILLERS = frozenset({
    "ada", "adanya", "aduh", "bapak", "bu", "butuh", "cepat", "dan", "dari", "di", "ibu", "ini", "itu", "kami", "ke",
    "kita", "lagi", "lapor", "laporan", "mas", "mau", "mbak", "melapor", "minta", "mohon", "nih", "oleh", "pada",
    "pak", "saya", "sedang", "segera", "sudah", "telah", "tolong", "untuk", "ya", "yang",
})  # fmt: skip
# What callers say around the matter itself.

_NOT_A_WORD = re.compile(r"[^a-z0-9]+")
_OLD_SPELLING = (("oe", "u"), ("dj", "j"), ("tj", "c"), ("nj", "ny"), ("sj", "sy"), ("ch", "kh"))
# The spelling before 1972, still on street signs and in the names of older people.
_SAME_SOUND = (("kh", "k"), ("sh", "s"), ("sy", "s"), ("th", "t"), ("dh", "d"), ("ph", "f"), ("v", "f"),
               ("z", "s"), ("q", "k"), ("x", "ks"), ("ie", "i"), ("y", "i"))  # fmt: skip
# What a listener cannot tell apart on a bad line.
_DOUBLED = re.compile(r"(.)\1+")


def folded(text: str) -> str:
    """Lower case, no accents, words separated by one blank: ``"Jl. Cipto, no-3"`` is ``"jl cipto no 3"``."""
    text = text.casefold()
    if not text.isascii():
        text = "".join(c for c in unicodedata.normalize("NFKD", text) if not unicodedata.combining(c))
    return _NOT_A_WORD.sub(" ", text).strip()


def as_heard(words: str) -> str:
    """Folded words written the way they sound: ``"soedirman"`` and ``"sudirman"`` become the same."""
    for old, new in _OLD_SPELLING:
        words = words.replace(old, new)
    for written, heard in _SAME_SOUND:
        words = words.replace(written, heard)
    return _DOUBLED.sub(r"\1", words)


def within_one_typo(typed: str, meant: str) -> bool:
    """Whether one wrong, missing, extra or swapped letter explains the difference."""
    if typed == meant:
        return True
    shorter, longer = sorted((typed, meant), key=len)
    if len(longer) - len(shorter) > 1:
        return False
    at = next((i for i, (a, b) in enumerate(zip(shorter, longer, strict=False)) if a != b), len(shorter))
    if len(shorter) != len(longer):
        return shorter[at:] == longer[at + 1 :]
    if shorter[at + 1 :] == longer[at + 1 :]:
        return True
    swapped = shorter[at : at + 2][::-1] == longer[at : at + 2]
    return swapped and shorter[at + 2 :] == longer[at + 2 :]
