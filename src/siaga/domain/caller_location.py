"""Where a caller is, as somebody outside the conversation says it: the network, his telephone, a link, a button.

Rule 1: every fix is a row of its own and stays. A better one is shown first, it never replaces another.
Rule 2: none of them is ever where the incident is. That is what the caller says, until a person adopts a fix.
Rule 3: a fix without a known doubt is worth less than one with a large doubt that is known.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from siaga.domain.errors import RuleBroken
from siaga.domain.event import LocationAdopted, LocationReceived
from siaga.domain.place import metres_between, on_earth

STALE_SECONDS = 60  # a person walks 80 m in it, a car leaves the quarter: older circles are drawn dashed
FAR_METRES = 2000.0
# The spoken place and the circle are farther apart than this: perhaps the same street name in another town. The
# largest urban cells reach about as far, so it is counted from the circle's edge.
ACCURACY_METRES_MAX = 100_000.0  # a doubt larger than the province says nothing
FUTURE_SECONDS_MAX = 300  # telephones' clocks are wrong by minutes; more than that is no time
PAST_SECONDS_MAX = 86_400  # a fix of yesterday is not where he is now


class LocationSource(StrEnum):
    """Who says where he is."""

    CELL = "cell"  # the mobile network: which antenna carries his voice
    AML = "aml"  # his telephone by itself, when it dialled 112
    SMS_LINK = "sms_link"  # his browser, after he pressed the button of our link
    PANIC = "panic"  # the panic button
    APP = "app"  # another application that passes calls on
    TAKER = "taker"  # the eight digits he read out


@dataclass(frozen=True, kw_only=True)
class Fix:
    """A position somebody reports. Degrees WGS 84; ``accuracy_m`` a radius, ``None`` when he does not say.

    ``at`` is when it was measured, ``None`` when unknown; ``method`` a word of the source (GPS, W-LAN, a cell's id).
    """

    lat: float
    lon: float
    accuracy_m: float | None = None
    confidence_percent: int | None = None
    at: datetime | None = None
    method: str = ""


def sound_fix(fix: Fix) -> Fix | None:
    """The fix if it can be one: on Earth, not the (0, 0) of a device that knows nothing, with a possible doubt."""
    if not on_earth(fix.lat, fix.lon) or (abs(fix.lat) < 1e-9 and abs(fix.lon) < 1e-9):
        return None
    accuracy = fix.accuracy_m
    if accuracy is not None and not 0 < accuracy <= ACCURACY_METRES_MAX:
        accuracy = None
    percent = fix.confidence_percent
    if percent is not None and not 0 < percent <= 100:
        percent = None
    return replace(fix, accuracy_m=accuracy, confidence_percent=percent, method=fix.method[:60])


@dataclass(frozen=True, kw_only=True)
class CallerLocation:
    """One fix of one caller. ``lat``, ``lon`` and ``number`` are personal data and may be erased with the row.

    ``call`` is ``None`` while nobody knows whose it is; ``number`` is kept only as long as that is so.
    """

    id: str
    call: str | None
    source: LocationSource
    lat: float
    lon: float
    at: datetime
    received_at: datetime
    accuracy_m: float | None = None
    confidence_percent: int | None = None
    method: str = ""
    number: str | None = None
    adopted_at: datetime | None = None
    adopted_by: str | None = None
    demo: bool = False

    def is_stale(self, now: datetime) -> bool:
        return (now - self.at).total_seconds() > STALE_SECONDS

    def adopted(self, *, by: str, at: datetime) -> tuple[CallerLocation, LocationAdopted]:
        """A person takes it as the incident's place. Adopting it again changes nothing but the time."""
        if self.call is None:
            raise RuleBroken("Lokasi ini belum dicocokkan dengan panggilan mana pun.")
        event = LocationAdopted(location=self.id, call=self.call, source=self.source, by=by, at=at)
        return replace(self, adopted_at=at, adopted_by=by), event

    def matched(self, call: str, *, at: datetime) -> tuple[CallerLocation, LocationReceived]:
        """The call it belongs to has come. The number it was found by is not needed any more."""
        event = LocationReceived(location=self.id, call=call, source=self.source, at=at)
        return replace(self, call=call, number=None), event


def located(
    fix: Fix,
    *,
    id: str,
    call: str | None,
    source: LocationSource,
    at: datetime,
    number: str | None = None,
    demo: bool = False,
) -> tuple[CallerLocation, LocationReceived]:
    """A fix has come. Its own time is believed only when it can be one. The event says that, never where."""
    measured = fix.at
    if measured is None or not (
        at - timedelta(seconds=PAST_SECONDS_MAX) <= measured <= at + timedelta(seconds=FUTURE_SECONDS_MAX)
    ):
        measured = at
    row = CallerLocation(
        id=id, call=call, source=source, lat=fix.lat, lon=fix.lon, at=min(measured, at), received_at=at,
        accuracy_m=fix.accuracy_m, confidence_percent=fix.confidence_percent, method=fix.method,
        number=number if call is None else None, demo=demo,
    )  # fmt: skip
    return row, LocationReceived(location=id, call=call, source=source, at=at)


def best_first(locations: Iterable[CallerLocation], now: datetime) -> list[CallerLocation]:
    """Newest best first: what is fresh before what is stale, then the smaller doubt, then the newer."""

    def worth(one: CallerLocation) -> tuple[bool, float, float]:
        doubt = one.accuracy_m if one.accuracy_m is not None else ACCURACY_METRES_MAX
        return one.is_stale(now), doubt, -one.at.timestamp()

    return sorted(locations, key=worth)


def metres_from_circle(location: CallerLocation, lat: float, lon: float) -> float:
    """How far a point lies outside the circle, in metres; 0 inside."""
    apart = metres_between(location.lat, location.lon, lat, lon)
    return max(0.0, apart - (location.accuracy_m or 0.0))


@dataclass(frozen=True, kw_only=True)
class Cell:
    """One antenna of a mobile network, as the city's table has it. ``id``: as the network writes it, lower case.

    ``azimuth_deg``: where it looks (0 north, 90 east), with ``width_deg``; ``None`` for all around.
    """

    id: str
    lat: float
    lon: float
    radius_m: float
    azimuth_deg: float | None = None
    width_deg: float = 120.0
    name: str = ""
    imported_at: datetime


class AskKind(StrEnum):
    """A way of learning where a caller is, kept for each call so that the screen can say how it stands."""

    CELL = "cell"  # said once, in the header of the call
    REFERENCE = "reference"  # the network gave an address that can be asked again
    SERVER = "server"  # the city's own agreement with the operator: an address with the number in it
    SMS_LINK = "sms_link"  # his own telephone, while our page is open


@dataclass(frozen=True, kw_only=True)
class LocationAsk:
    """How one way stands for one call. ``id`` is ``call:kind``. ``uri`` is a secret of the network; erasable."""

    id: str
    call: str
    kind: AskKind
    uri: str | None = None
    asks: int = 0
    next_at: datetime | None = None
    asked_at: datetime | None = None
    answered_at: datetime | None = None
    trouble: str = ""

    @property
    def can_be_asked(self) -> bool:
        return self.kind in (AskKind.REFERENCE, AskKind.SERVER) and self.uri is not None


REBID_AFTER_SECONDS = (5, 15, 30)
# After the answer: a network may need up to 30 s to compute a position (APCO Project LOCATE), then the key does it.
REBID_SECONDS_MIN = 3  # a nervous finger on R is one question
REBIDS_MAX = 60  # in one call: the network's operator is somebody we want to stay friends with


def ask_id(call: str, kind: AskKind) -> str:
    return f"{call}:{kind}"


def next_automatic(answered_at: datetime | None, at: datetime) -> datetime | None:
    """When the network is asked by itself after ``at``; ``None`` when no such moment is left, or nobody answered."""
    if answered_at is None:
        return None
    moments = (answered_at + timedelta(seconds=seconds) for seconds in REBID_AFTER_SECONDS)
    return next((moment for moment in moments if moment > at), None)


def asked(ask: LocationAsk, *, answered_at: datetime | None, at: datetime, trouble: str = "") -> LocationAsk:
    """The question was put, and this came of it. ``answered_at``: when a taker answered the call."""
    return replace(
        ask, asks=ask.asks + 1, asked_at=at, trouble=trouble[:200], next_at=next_automatic(answered_at, at),
        answered_at=ask.answered_at if trouble else at,
    )  # fmt: skip


def ask_again(ask: LocationAsk, *, at: datetime) -> LocationAsk:
    """Somebody presses the key. Raises RuleBroken, in words, when that way cannot be asked again."""
    if not ask.can_be_asked:
        raise RuleBroken("Sumber ini tidak bisa ditanya ulang: jaringan hanya mengirimnya sekali.")
    if ask.asks >= REBIDS_MAX:
        raise RuleBroken("Jaringan sudah {n} kali ditanya untuk panggilan ini.", n=REBIDS_MAX)
    if ask.asked_at is not None and (at - ask.asked_at).total_seconds() < REBID_SECONDS_MIN:
        return ask
    return replace(ask, next_at=at)
