"""Words of the people who call: which languages are spoken around here, and words a taker may misunderstand.

Rule 1: a word nobody of that tongue has confirmed is shown as unconfirmed, wherever it is shown.
Rule 2: the table only explains. It never changes what was typed and never chooses anything.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cached_property

from siaga.domain.spelling import folded


@dataclass(frozen=True, kw_only=True)
class Language:
    """A language of the region. ``code`` is BCP 47 or the three letters people here use, such as "jv" or "mad"."""

    code: str
    name: str
    name_en: str


@dataclass(frozen=True, kw_only=True)
class GlossaryWord:
    """A word callers say. ``trap``: it sounds like an Indonesian word that means something else.

    ``ask`` is what to ask back so that nothing is misunderstood. ``confirmed_by``: the native speaker who confirmed it.
    """

    text: str
    languages: tuple[str, ...]
    means: str
    ask: str = ""
    trap: bool = False
    confirmed: bool = False
    confirmed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class LocalSpeech:
    """The languages of the region and its glossary."""

    languages: tuple[Language, ...] = ()
    words: tuple[GlossaryWord, ...] = ()

    @cached_property
    def language_by_code(self) -> Mapping[str, Language]:
        return {language.code: language for language in self.languages}

    def named(self, codes: Iterable[str]) -> str:
        """The languages in words, such as "Jawa/Sunda"; a code nobody has named stands for itself."""
        known = self.language_by_code
        return "/".join(known[code].name if code in known else code for code in codes)

    def heard_in(self, text: str) -> tuple[GlossaryWord, ...]:
        """The words of the glossary that occur in ``text`` as whole words, traps first."""
        said = f" {folded(text)} "
        found = [word for word in self.words if (key := folded(word.text)) and f" {key} " in said]
        return tuple(sorted(found, key=lambda word: not word.trap))


NO_LOCAL_SPEECH = LocalSpeech()  # a city without glossary.toml
