"""What can happen in a city: kinds, and the incident types a call taker chooses from.

Two levels: a *kind* (the seven kinds of the regulation, and the city's own) holds *types*. Both are the city's
data; the only thing fixed here is the list the regulation gives.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

STATUTORY_KINDS = (
    "kebakaran",
    "kerusuhan",
    "kecelakaan",
    "bencana_alam",
    "kesehatan",
    "kamtibmas",
    "lainnya",
)
# Permenkominfo 10/2016: fire, riot, accident, natural disaster, medical, security and public order, and "any other
# emergency the city decides". Every centre must be able to take all seven.

HAZARDS_PER_TYPE_MAX = 4  # the desk has four toggle keys, Alt+1..4
SPOKEN_CHARACTERS_MAX = 90  # a question or instruction longer than this is not said in one breath


@dataclass(frozen=True, kw_only=True)
class Kind:
    """The first level. ``statutory`` names the kind of the regulation it is counted under, None for complaints."""

    code: str
    name: str
    name_en: str
    statutory: str | None = None
    clock: str  # how fast agencies must answer, unless a routing rule says otherwise
    default_type: str  # what an old record that names only the kind becomes


@dataclass(frozen=True, kw_only=True)
class LocalWord:
    """A word of a local language for a type. Shown as unconfirmed until a native speaker has confirmed it."""

    text: str
    languages: tuple[str, ...]  # codes of the city's own list of languages, such as "jv" or "su"
    confirmed: bool = False
    confirmed_by: str = ""


@dataclass(frozen=True, kw_only=True)
class Hazard:
    """A toggle on the desk. ``raises_to`` is the least urgent priority an incident with it may have."""

    code: str
    name: str
    name_en: str
    raises_to: int | None = None


@dataclass(frozen=True, kw_only=True)
class Family:
    """Types that may be the same incident when reported near each other within a short time."""

    code: str
    name: str
    radius_m: int
    minutes: int
    callers_more: float | None = None  # how many more people usually call about one; None: the standard


@dataclass(frozen=True, kw_only=True)
class ReportGroup:
    """A row of the published statistics. The order of the groups is their order in the city's table."""

    code: str
    name: str
    name_en: str
    default_type: str


@dataclass(frozen=True, kw_only=True)
class IncidentType:
    """The second level: what the call taker chooses. ``priority`` 1 (most urgent) to 4 before anything is asked."""

    code: str
    name: str
    name_en: str
    kind: str
    priority: int
    report_group: str
    family: str | None = None
    protected: bool = False  # invisible outside its circle, counts included
    protected_class: str | None = None  # which class of protection.toml; without one the city's first
    hazards: tuple[str, ...] = ()
    synonyms: tuple[str, ...] = ()
    local_words: tuple[LocalWord, ...] = ()
    questions: tuple[str, ...] = ()
    instructions: tuple[str, ...] = ()
    on_scene_minutes_max: int | None = None  # a crew silent for longer than this is asked whether it is safe

    @cached_property
    def names(self) -> tuple[str, ...]:
        """Every word it answers to, the official name first."""
        return (self.name, self.name_en, *self.synonyms, *(word.text for word in self.local_words))
