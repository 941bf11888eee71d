"""The city's own rules of its phone room: the numbers a room may choose, each with its unit and its reason.

Rule 1: a city without `room.toml`, or without a section of it, works with the defaults below.
Rule 2: what protects a caller (an offer's length, how far anybody may be set back) is a cap in the domain that a
city can stay below and never exceed; `domain/city_check_room.py` says so when a number does.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time, tzinfo
from enum import StrEnum

from siaga.domain.link_rules import STANDARD_LINK, LinkRules
from siaga.domain.location_rules import STANDARD_LOCATIONS, LocationRules
from siaga.domain.text_session import STANDARD_TEXTS, TextRules
from siaga.domain.type_learning import STANDARD_LEARNING, LearningRules


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
    skill_wait_seconds: int = (
        10  # a caller waits this long for the skill he needs, then anybody free takes him
    )


class OverflowKind(StrEnum):
    """Where a caller is taken when the room's first seats are all busy."""

    GROUP = "group"  # the seats of another group of this room
    PHONE = "phone"  # the telephone of an agency, of somebody on call, or of a neighbouring city's 112


@dataclass(frozen=True, kw_only=True)
class OverflowStep:
    """One step of the ladder. ``after_seconds``: how long the caller has waited without any free seat.

    ``target``: the seat group's name, or the telephone number or sip: address to ring. ``lines``: how many callers that
    telephone is rung for, or speaks with, at once: a desk that rings eight times answers none. ``night``: this step is
    the on-call seat or phone, taken at once in night mode.
    """

    code: str
    name: str
    kind: OverflowKind
    target: str
    after_seconds: int
    lines: int = 1
    night: bool = False
    sample: bool = False
    name_en: str = ""  # left out: the Indonesian name

    def called(self, language: str) -> str:
        """Its name for a screen in this language."""
        return (self.name_en if language == "en" else "") or self.name

    @property
    def is_phone(self) -> bool:
        return self.kind is OverflowKind.PHONE


@dataclass(frozen=True, kw_only=True)
class NightRules:
    """The hours with fewer seats. ``starts`` equal to ``ends``: night mode only by the supervisor's switch."""

    starts: time = time(0, 0)
    ends: time = time(0, 0)
    seats: int = 1  # how many takers the room plans for at night; shown beside how many are there
    overflow_after_seconds: int = (
        0  # a lone taker who is talking leaves nobody: the on-call step is taken at once
    )

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

    radius_m: float = 800.0  # a caller this near an open incident may mean it, where its type says nothing
    seen_from_m: float = (
        200.0  # a type reaching less far (somebody is ill) is seen by few: no guess without a place
    )
    minutes: int = 60  # an incident older than this explains no new callers
    callers_at: int = (
        4  # this many calls near one incident, or with no place at all, within ``callers_minutes``
    )
    callers_minutes: int = 10  # alarm A9's window
    screen_seconds: int = 25  # the taker's duplicate screen: what a caller about a known incident should take


@dataclass(frozen=True, kw_only=True)
class SilentRules:
    """How a caller who says nothing is asked for a sign."""

    after_seconds: int = 5  # of hearing nobody, answered: most people have said "halo" within 3
    check_seconds: int = 20  # script and listening; the British silent solution plays a message of 20 s
    knocks: int = 2  # taps on the telephone that are a signal; one alone may be the telephone being put down
    type: str = ""  # the type proposed for "suspected: cannot speak"; empty: the taker chooses


@dataclass(frozen=True, kw_only=True)
class SilentQuestion:
    """A question answered by key, 1 yes and 2 no. ``prompt``: the recording that asks it."""

    code: str
    text: str
    text_en: str
    prompt: str


SILENT_QUESTIONS = (
    SilentQuestion(
        code="bahaya", text="Apakah Anda dalam bahaya?", text_en="Are you in danger?", prompt="question_danger"
    ),
    SilentQuestion(
        code="medis", text="Apakah ada yang sakit atau terluka?", text_en="Is anybody ill or hurt?",
        prompt="question_medical",
    ),
    SilentQuestion(
        code="polisi", text="Apakah Anda perlu polisi?", text_en="Do you need the police?",
        prompt="question_police",
    ),
    SilentQuestion(code="api", text="Apakah ada api atau asap?", text_en="Is there fire or smoke?",
                   prompt="question_fire"),
    SilentQuestion(
        code="dekat", text="Apakah pelakunya ada di dekat Anda?", text_en="Is the attacker near you?",
        prompt="question_near",
    ),
    SilentQuestion(
        code="rumah", text="Apakah Anda di rumah Anda sendiri?", text_en="Are you at your own home?",
        prompt="question_home",
    ),
)  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class CallerRules:
    """How the trunk marks a number that leads to nobody."""

    no_sim_prefixes: tuple[str, ...] = ("000", "911")
    # What the number of a telephone without SIM begins with, where the network sends the handset's identity.
    withheld: tuple[str, ...] = ("anonymous", "unknown", "unavailable", "restricted", "private")


@dataclass(frozen=True, kw_only=True)
class CallBackRules:
    """What is done by itself for a caller nobody spoke to. Everything is off until the city switches it on."""

    auto_call: bool = False  # ring him from the longest-idle ready seat while nobody waits
    auto_call_after_seconds: int = 60  # first the taker who sees the list has her chance
    auto_calls_max: int = 2  # rings for one missed call by itself; after that a person decides
    auto_text: bool = False
    text: str = "Anda menelepon 112. Balas 1 bila butuh bantuan"
    texts_per_day: int = 2  # to one number; the domain allows no more than 3, and one in an hour
    text_within_minutes: int = 15  # later than this a text explains nothing any more
    mobile_prefixes: tuple[str, ...] = ("08", "+628", "628")  # who can read a text


@dataclass(frozen=True, kw_only=True)
class PrankRules:
    """Callers with a history. What may be done with one is capped in domain/restriction.py."""

    restriction_days_max: int = 14  # the domain allows no more than 30
    delay_seconds: int = 15  # how far back when all seats are busy; the domain allows no more than 15
    blind_percent: float = 5.0  # flagged calls handled without facts, so that we learn what the facts cost


@dataclass(frozen=True, kw_only=True)
class Neighbour:
    """Who helps a caller from outside the city. ``how``: what the taker tells him; ``usual``: recorded unasked.

    ``places``: points of it as (latitude, longitude), such as the centres of its kecamatan; ``outline``: its border.
    By these a place outside the city is given to the right neighbour.
    """

    code: str
    name: str
    number: str
    how: str = ""
    usual: bool = False
    places: tuple[tuple[float, float], ...] = ()
    outline: tuple[tuple[float, float], ...] = ()
    sample: bool = False


@dataclass(frozen=True, kw_only=True)
class RecordingRules:
    """How many days a recording is kept, by what kind of call it was, and whether a taker hears her own.

    UU 27/2022 (PDP) asks for an end of keeping (art. 42) and for erasing then (art. 43, 44), except what is tied to
    a legal process: that is the legal hold. No law we know names a number of days; the city's archive schedule
    (jadwal retensi arsip) does, and these are samples until it has. The domain keeps everything 7 days.
    """

    real_days: int = 730  # a claim or an inquiry about a fire or an accident comes within two years
    protected_days: int = 1825  # violence is often reported, and tried, years after the call
    undecided_days: int = 730  # nobody said what it was, so it may have been real
    information_days: int = 90  # a complaint about how somebody was treated comes within weeks
    ghost_days: int = 30  # only for looking again whether the silence was one
    prank_days: int = 180  # as long as a restriction and its review may need it
    drill_days: int = 30  # nobody's voice but our own
    taker_hears_own: bool = True  # her present or last call again: an address she did not catch
    taker_hears_minutes: int = 30  # after its end: the next calls have come by then


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """Somebody who can be brought into a conversation. ``phone``: a number or a sip: address."""

    code: str
    name: str
    name_en: str
    phone: str
    sample: bool = False


@dataclass(frozen=True, kw_only=True)
class ConversationRules:
    """Hold, transfer and the calls the room makes."""

    hold_seconds: int = 60  # after this the room is told that somebody is still held; the domain's cap is 120
    ring_seconds: int = 25  # a partner who has not answered by then is given up; about six rings
    call_back_ring_seconds: int = (
        45  # a missed caller may have put the telephone down; networks ring about a minute
    )
    caller_id: str = "112"  # what those we call see


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
    link: LinkRules = STANDARD_LINK
    conversation: ConversationRules = ConversationRules()
    interpreters: tuple[Interpreter, ...] = ()
    recordings: RecordingRules = RecordingRules()
    silent: SilentRules = SilentRules()
    questions: tuple[SilentQuestion, ...] = SILENT_QUESTIONS
    callers: CallerRules = CallerRules()
    call_back: CallBackRules = CallBackRules()
    pranks: PrankRules = PrankRules()
    learning: LearningRules = STANDARD_LEARNING
    neighbours: tuple[Neighbour, ...] = ()
    texts: TextRules = STANDARD_TEXTS
    locations: LocationRules = STANDARD_LOCATIONS

    @property
    def skill_by_digit(self) -> dict[str, Skill]:
        """The skill each telephone key asks for."""
        return {skill.digit: skill for skill in self.skills if skill.digit}


STANDARD_ROOM = RoomRules()  # a city without room.toml
# Which [[table]] of room.toml fills which list.
LISTS = {
    "skills": "skill",
    "interpreters": "interpreter",
    "overflow": "overflow",
    "questions": "silent_question",
    "neighbours": "neighbour",
}
