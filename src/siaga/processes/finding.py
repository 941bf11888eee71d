"""What the doctor says about one thing it looked at."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from siaga.processes.trouble import Words


class Level(IntEnum):
    """How bad it is. The worst one is the exit code of `siaga doctor`."""

    OK = 0
    WARNING = 1
    FAULT = 2


@dataclass(frozen=True)
class Finding:
    """One thing looked at: what is so, and when it is not well, what to do about it (a command where there is one)."""

    check: str
    level: Level
    what: Words
    remedy: Words | None = None


def fine(check: str, indonesian: str, english: str) -> Finding:
    """All is well."""
    return Finding(check, Level.OK, Words(indonesian, english))


def warning(check: str, what: Words, remedy: Words) -> Finding:
    """Siaga works, but not as well as it should."""
    return Finding(check, Level.WARNING, what, remedy)


def fault(check: str, what: Words, remedy: Words) -> Finding:
    """Siaga does not work until this is put right."""
    return Finding(check, Level.FAULT, what, remedy)


def worst(findings: Sequence[Finding]) -> Level:
    """The exit code: 0 all is well, 1 warnings, 2 at least one fault."""
    return max((finding.level for finding in findings), default=Level.OK)
