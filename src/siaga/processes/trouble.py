"""Words for the person at the terminal, in Indonesian and English, and the one error that carries them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Words:
    """One sentence or two, in both languages. The terminal has no catalogue: it must speak before anything works."""

    id: str
    en: str

    def spoken(self, language: str) -> str:
        """The text in `language`, `id` or `en`."""
        return self.en if language == "en" else self.id


class Trouble(Exception):
    """Something on this machine keeps Siaga from working. Expected; said to the person; never a traceback."""

    def __init__(self, words: Words) -> None:
        super().__init__(words.id)
        self.words = words
