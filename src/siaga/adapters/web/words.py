"""The words people read. Indonesian text is its own key; other languages are .po catalogues read at start-up.

`translate("en", "Antre {count}", count=2)`: the braces are filled after the translation is found. There is no
compiled catalogue to forget: Babel reads the .po files once, in some ten milliseconds.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from babel.messages.catalog import Message
from babel.messages.pofile import read_po

SOURCE_LANGUAGE = "id"
LOCALE_FOLDER = Path(__file__).resolve().parents[2] / "locale"
DOMAIN = "siaga"
BROWSER_SOURCES = "web/"


@dataclass(frozen=True)
class Entry:
    """One sentence in another language. ``forms`` are its plural forms; Indonesian has none, English has two."""

    forms: tuple[str, ...]
    sources: frozenset[str]


class Words:
    """All catalogues. An unknown language or sentence falls back to the Indonesian text, never to a code."""

    def __init__(self, catalogues: Mapping[str, Mapping[str, Entry]]) -> None:
        self._catalogues = catalogues

    @classmethod
    def load(cls, folder: Path = LOCALE_FOLDER) -> Words:
        """Read `<folder>/<language>/LC_MESSAGES/siaga.po`. Raises OSError or ValueError for a broken file."""
        catalogues = {}
        for file in sorted(folder.glob(f"*/LC_MESSAGES/{DOMAIN}.po")):
            catalogues[file.parts[-3]] = _read(file)
        return cls(catalogues)

    @property
    def languages(self) -> tuple[str, ...]:
        """Codes of the languages on offer, the source language first."""
        return (SOURCE_LANGUAGE, *self._catalogues)

    def translate(self, language: str, msgid: str, **params: object) -> str:
        """The sentence in ``language`` with its gaps filled. Raises KeyError when a gap has no parameter."""
        entry = self._catalogues.get(language, {}).get(msgid)
        text = entry.forms[0] if entry else msgid
        return text.format_map(params) if params else text

    def count(self, language: str, msgid: str, n: int, **params: object) -> str:
        """Like `translate` for a sentence about ``n`` things; ``{n}`` is filled with the number."""
        entry = self._catalogues.get(language, {}).get(msgid)
        forms = entry.forms if entry else (msgid,)
        text = forms[0] if n == 1 else forms[-1]
        return text.format_map({"n": n, **params})

    def for_browser(
        self, language: str, sources: Collection[str] | None = None
    ) -> dict[str, str | list[str]]:
        """The sentences that TypeScript uses, for inlining in a page; only those of ``sources`` when given."""
        wanted: dict[str, str | list[str]] = {}
        for msgid, entry in self._catalogues.get(language, {}).items():
            used = {source for source in entry.sources if source.startswith(BROWSER_SOURCES)}
            if used and (sources is None or not used.isdisjoint(sources)):
                wanted[msgid] = entry.forms[0] if len(entry.forms) == 1 else list(entry.forms)
        return wanted


def _read(file: Path) -> dict[str, Entry]:
    with file.open("rb") as stream:
        catalogue = read_po(stream, locale=file.parts[-3])
    found: dict[str, Entry] = {}
    for message in catalogue:
        forms = _forms(message)
        if message.id and forms and all(forms) and not message.fuzzy:
            msgid = message.id if isinstance(message.id, str) else message.id[0]
            found[msgid] = Entry(forms, frozenset(name for name, _ in message.locations))
    return found


def _forms(message: Message) -> tuple[str, ...]:
    return (message.string,) if isinstance(message.string, str) else tuple(message.string or ())


@cache
def shipped_words() -> Words:
    """The catalogues that come with Siaga, read once per process."""
    return Words.load()


def translate(language: str, msgid: str, **params: object) -> str:
    """`Words.translate` with the shipped catalogues."""
    return shipped_words().translate(language, msgid, **params)


def as_inline_json(value: object) -> str:
    """JSON that may stand inside a <script> element: nothing in it can end the element."""
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    return text.replace("&", "\\u0026").replace("<", "\\u003c").replace(">", "\\u003e")
