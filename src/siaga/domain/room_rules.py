"""The city's own rules of its phone room: the numbers a room may choose, each with its unit and its reason.

Rule 1: a city without `room.toml`, or without a section of it, works with the defaults below.
Rule 2: what protects a caller (an offer's length, how far anybody may be set back) is a cap in the domain that a
city can stay below and never exceed; `domain/city_check_room.py` says so when a number does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from enum import StrEnum


@dataclass(frozen=True, kw_only=True)
class Skill:
    """Something a taker may know that a caller may need: a language, the protected cases.

    ``digit``: the telephone key a caller asks for it with; empty when only a taker can ask for it.
    """

    code: str
    name: str
    name_en: str
    digit: str = ""


@dataclass(frozen=True, kw_only=True)
class QueueRules:
    """Who is asked first, and for how long."""

    offer_seconds: int = 15  # until the next taker is asked; never more than the domain's OFFER_SECONDS
    skill_wait_seconds: int = 10  # a caller waits this long for the skill he needs, then anybody free takes him
    text_sessions_max: int = 3  # text conversations one taker holds at once (NENA's guide for text to 911)


class OverflowKind(StrEnum):
    """Where a caller is taken when the room's first seats are all busy."""

    GROUP = "group"  # the seats of another group of this room
    PHONE = "phone"  # the telephone of an agency, of somebody on call, or of a neighbouring city's 112


@dataclass(frozen=True, kw_only=True)
class OverflowStep:
    """One step of the ladder. ``after_seconds``: how long the caller has waited without any free seat.

    ``target``: the seat group's name, or the telephone number or sip: address to ring. ``night``: this step is
    the on-call seat or phone, taken at once in night mode.
    """

    code: str
    name: str
    kind: OverflowKind
    target: str
    after_seconds: int
    night: bool = False
    sample: bool = False


@dataclass(frozen=True, kw_only=True)
class NightRules:
    """The hours with fewer seats. ``starts`` equal to ``ends``: night mode only by the supervisor's switch."""

    starts: time = time(0, 0)
    ends: time = time(0, 0)
    seats: int = 1  # how many takers the room plans for at night; shown beside how many are there
    overflow_after_seconds: int = 0  # a lone taker who is talking leaves nobody: the on-call step is taken at once

    def is_night(self, at: datetime, zone: tzinfo) -> bool:
        """Whether the city's clock is within the night's hours."""
        now = at.astimezone(zone).time()
        if self.starts <= self.ends:
            return self.starts <= now < self.ends
        return now >= self.starts or now < self.ends


@dataclass(frozen=True, kw_only=True)
class OnCallRules:
    """When takers at home are told to come; once a burst."""

    group: str = "siaga"  # the seat group of takers on call
    waiting_at: int = 3  # callers waiting at once; fewer pass by themselves within one short call
    arrivals_at: int = 4  # or as many calls ...
    arrivals_minutes: int = 2  # ... within so many minutes: one every 30 s is more than two takers can clear
    quiet_minutes: int = 5  # the burst is over when nobody has waited for this long


@dataclass(frozen=True, kw_only=True)
class FloodRules:
    """When the room works by the rules of a flood (docs/decisions/0008)."""

    waiting_at: int = 8  # callers waiting at once: with two takers the last of them waits over 5 minutes
    arrivals_at: int = 15  # or as many calls ...
    arrivals_minutes: int = 5  # ... within so many minutes
    quiet_minutes: int = 10  # ends by itself when no more than ``calm_waiting`` have waited for this long
    calm_waiting: int = 1  # callers still waiting in a room that is calm again
    wrapup_seconds: int = 20  # a dealt-with call frees its taker after this instead of the usual 60 s


@dataclass(frozen=True, kw_only=True)
class BurstRules:
    """Forty callers about one fire."""

    radius_m: float = 800.0  # a caller this near an open incident probably means it; smoke is seen this far
    minutes: int = 60  # an incident older than this explains no new callers
    callers_at: int = 4  # this many calls near one incident, or with no place at all, within ``callers_minutes``
    callers_minutes: int = 10  # alarm A9's window
    notice_every_seconds: int = 30  # how often a waiting caller hears the notice again
    screen_seconds: int = 25  # the taker's duplicate screen: what a caller about a known incident should take


@dataclass(frozen=True, kw_only=True)
class RoomRules:
    """Everything `room.toml` may say."""

    queue: QueueRules = QueueRules()
    skills: tuple[Skill, ...] = ()
    overflow: tuple[OverflowStep, ...] = ()
    night: NightRules = NightRules()
    on_call: OnCallRules = OnCallRules()
    flood: FloodRules = FloodRules()
    burst: BurstRules = BurstRules()

    @property
    def skill_by_digit(self) -> dict[str, Skill]:
        """The skill each telephone key asks for."""
        return {skill.digit: skill for skill in self.skills if skill.digit}


STANDARD_ROOM = RoomRules()  # a city without room.toml
LISTS = {"skills": "skill", "overflow": "overflow"}  # which [[table]] fills which list
