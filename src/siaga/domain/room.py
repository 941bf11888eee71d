"""The phone room as a whole: night mode, flood mode, takers on call. One row a city.

Rule 1: what began by itself ends by itself; what a person switched on, a person switches off.
Rule 2: a mode changes how callers are brought to takers, never whether.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta, tzinfo

from siaga.domain.errors import RuleBroken
from siaga.domain.event import (
    Event,
    FloodBegan,
    FloodEnded,
    NightSwitched,
    NoticeSwitched,
    OnCallCalled,
    OnCallReleased,
)
from siaga.domain.room_rules import RoomRules

ROOM = "room"
ARRIVALS_KEPT_MAX = (
    64  # arrivals remembered for counting how many came in some minutes; thresholds stay below
)
NIGHT_SWITCHES = ("on", "off", "clock")


@dataclass(frozen=True, kw_only=True)
class Room:
    """Which modes hold, since when, and by whom (None: by itself)."""

    id: str = ROOM
    night_switch: str = "clock"
    flood_since: datetime | None = None
    flood_by: str | None = None
    on_call_since: datetime | None = None
    on_call_by: str | None = None
    calm_since: datetime | None = None  # while a flood stands: since when hardly anybody has waited
    empty_since: datetime | None = None  # while takers on call are called: since when nobody has waited
    arrivals: tuple[datetime, ...] = ()

    def is_night(self, rules: RoomRules, at: datetime, zone: tzinfo) -> bool:
        """Night mode: by the switch, or by the city's hours."""
        if self.night_switch == "clock":
            return rules.night.is_night(at, zone)
        return self.night_switch == "on"

    def arrived_within(self, minutes: int, at: datetime) -> int:
        """How many calls came in the last ``minutes``."""
        since = at - timedelta(minutes=minutes)
        return sum(1 for arrival in self.arrivals if arrival > since)

    def switched_night(self, to: str, *, by: str, at: datetime) -> tuple[Room, NightSwitched | None]:
        """A supervisor decides; ``clock`` gives it back to the hours."""
        if to not in NIGHT_SWITCHES:
            raise RuleBroken("Pilih malam, siang, atau menurut jam.")
        if to == self.night_switch:
            return self, None
        return replace(self, night_switch=to), NightSwitched(to=to, by=by, at=at)

    def flood_began(self, waiting: int, *, by: str | None, at: datetime) -> tuple[Room, FloodBegan | None]:
        """More callers than the room can take one by one. Begun by hand it stays until ended by hand."""
        if self.flood_since is not None:
            return (self, None) if by is None else (replace(self, flood_by=by), None)
        room = replace(self, flood_since=at, flood_by=by, calm_since=None)
        return room, FloodBegan(waiting=waiting, by=by, at=at)

    def flood_ended(self, *, by: str | None, at: datetime) -> tuple[Room, FloodEnded | None]:
        """Calm again."""
        if self.flood_since is None:
            return self, None
        room = replace(self, flood_since=None, flood_by=None, calm_since=None, arrivals=())
        return room, FloodEnded(by=by, at=at)

    def on_call_called(
        self, group: str, waiting: int, *, by: str | None, at: datetime
    ) -> tuple[Room, OnCallCalled | None]:
        """Tell the takers on call to come; once."""
        if self.on_call_since is not None:
            return self, None
        room = replace(self, on_call_since=at, on_call_by=by, empty_since=None)
        return room, OnCallCalled(group=group, waiting=waiting, by=by, at=at)

    def on_call_released(
        self, group: str, *, by: str | None, at: datetime
    ) -> tuple[Room, OnCallReleased | None]:
        """They may go."""
        if self.on_call_since is None:
            return self, None
        room = replace(self, on_call_since=None, on_call_by=None, empty_since=None)
        return room, OnCallReleased(group=group, by=by, at=at)


def with_arrivals(room: Room, arrivals: Sequence[datetime]) -> Room:
    """Remember when calls came; only the newest are needed."""
    return replace(room, arrivals=tuple(sorted((*room.arrivals, *arrivals)))[-ARRIVALS_KEPT_MAX:])


def watched(room: Room, waiting: int, rules: RoomRules, *, at: datetime) -> tuple[Room, tuple[Event, ...]]:
    """What the number of unanswered callers means for the modes; the room afterwards and what is to be recorded."""
    events: list[Event | None] = []
    calls, floods = rules.on_call, rules.flood
    flooded = waiting >= floods.waiting_at or (
        waiting > 0 and room.arrived_within(floods.arrivals_minutes, at) >= floods.arrivals_at
    )
    if flooded:
        room, event = room.flood_began(waiting, by=None, at=at)
        events.append(event)
    burst = waiting >= calls.waiting_at or (
        waiting > 0 and room.arrived_within(calls.arrivals_minutes, at) >= calls.arrivals_at
    )
    if burst or room.flood_since is not None:
        room, called = room.on_call_called(calls.group, waiting, by=None, at=at)
        events.append(called)
    room = replace(
        room,
        calm_since=_since(
            room.calm_since, room.flood_since is not None and waiting <= floods.calm_waiting, at
        ),
        empty_since=_since(room.empty_since, room.on_call_since is not None and waiting == 0, at),
    )
    if room.flood_by is None and _over(room.calm_since, floods.quiet_minutes, at):
        room, ended = room.flood_ended(by=None, at=at)
        events.append(ended)
    if (
        room.flood_since is None
        and room.on_call_by is None
        and _over(room.empty_since, calls.quiet_minutes, at)
    ):
        room, released = room.on_call_released(calls.group, by=None, at=at)
        events.append(released)
    return room, tuple(event for event in events if event is not None)


def deadlines(room: Room, rules: RoomRules) -> list[datetime]:
    """When time itself would end a mode."""
    ends = []
    if room.calm_since is not None and room.flood_by is None:
        ends.append(room.calm_since + timedelta(minutes=rules.flood.quiet_minutes))
    if room.empty_since is not None and room.on_call_by is None and room.flood_since is None:
        ends.append(room.empty_since + timedelta(minutes=rules.on_call.quiet_minutes))
    return ends


def _since(before: datetime | None, holds: bool, at: datetime) -> datetime | None:
    return (before or at) if holds else None


def _over(since: datetime | None, minutes: int, at: datetime) -> bool:
    return since is not None and at - since >= timedelta(minutes=minutes)


@dataclass(frozen=True, kw_only=True)
class Notice:
    """The recorded notice of one incident: while it is on, waiting callers hear that the incident is known."""

    id: str  # the incident
    playing: bool
    by: str | None
    since: datetime

    def switched(self, on: bool, *, by: str | None, at: datetime) -> tuple[Notice, NoticeSwitched | None]:
        """On or off; ``by`` is None when the incident was closed."""
        if on == self.playing:
            return self, None
        notice = replace(self, playing=on, by=by, since=at)
        return notice, NoticeSwitched(incident=self.id, on=on, by=by, at=at)
