"""One thing worth saying about a city's data, and how grave it is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

NAMES_SHOWN_MAX = 6  # more names than this in one sentence are not read


class Severity(StrEnum):
    """The gravest first."""

    ERROR = "error"  # the city must not be served like this
    WARNING = "warning"  # works, but somebody should look
    CONTOH = "contoh"  # a sample entry the city has not confirmed


@dataclass(frozen=True, kw_only=True)
class Finding:
    """``where`` is the file or entry, ``message`` an Indonesian sentence."""

    severity: Severity
    where: str
    message: str


def error(where: str, message: str) -> Finding:
    return Finding(severity=Severity.ERROR, where=where, message=message)


def warning(where: str, message: str) -> Finding:
    return Finding(severity=Severity.WARNING, where=where, message=message)


def contoh(where: str, message: str) -> Finding:
    return Finding(severity=Severity.CONTOH, where=where, message=message)


def names(items: Iterable[str]) -> str:
    """A short list for a sentence: the first few, and how many more."""
    every = list(items)
    shown = ", ".join(every[:NAMES_SHOWN_MAX])
    rest = len(every) - NAMES_SHOWN_MAX
    return f"{shown}, dan {rest} lagi" if rest > 0 else shown
