"""How Siaga speaks on a terminal: in Indonesian, or in English with SIAGA_LANG=en."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager

from siaga import clock


def language() -> str:
    """`id` or `en`. Read straight from the environment, because help texts are needed before the settings."""
    return "en" if os.environ.get("SIAGA_LANG", "").strip().lower() == "en" else "id"


def said(indonesian: str, english: str) -> str:
    """The text in the terminal's language."""
    return english if language() == "en" else indonesian


def say(indonesian: str, english: str) -> None:
    """Print a line for the person at the terminal."""
    print(said(indonesian, english), flush=True)


def complain(text: str) -> None:
    """Print a line to standard error."""
    print(text, file=sys.stderr, flush=True)


@contextmanager
def step(indonesian: str, english: str) -> Iterator[None]:
    """Announce a step that may take a while, and afterwards how long it took."""
    print(f"  {said(indonesian, english)} ...", end="", flush=True)
    began = clock.monotonic()
    try:
        yield
    except BaseException:
        print(said(" gagal", " failed"), flush=True)
        raise
    print(f" {clock.monotonic() - began:.1f} s", flush=True)
