"""One fire, many callers, few seats: the wait with and without what the room does about it.

The callers and takers are invented, the room is real: every call goes through the actions, the queue, the follower
and the duties of the house, and the promises are asked after every step. Every assumption is a field of `Burst`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from siaga.domain import event as facts
from siaga.domain.burst import Suspect
from siaga.domain.call import Call, CallState, Channel, Disposition
from siaga.domain.city import City
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.roles import Role, Viewer
from siaga.domain.shift import Seat, SeatState
from siaga.drill.agencies import of_agency
from siaga.drill.day import Day, Plan
from siaga.features.calls import actions as calls
from siaga.features.calls.room import actions as rooms
from siaga.features.dispatch import actions as dispatch
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.actions import Report
from siaga.features.incidents.desk import burst
from siaga.features.incidents.joining import Told

FIRE_SECONDS = 900.0  # the fire begins this long after the shift
HOURS = 2.0


@dataclass(frozen=True, kw_only=True)
class Burst:
    """Every assumption, in seconds where it is a time. Nobody gives up: the hardest case for a queue."""

    seed: int
    callers: int = 20
    seats: int = 2
    half_within: float = 180.0  # half of the callers ring within three minutes of the first flames
    others_per_hour: float = 4.9  # 75 calls a day, 6.5 % of them in the peak hour
    nuisance_share: float = 0.65  # of the other calls
    nuisance_seconds: float = 40.0  # with wrap-up
    nuisance_spread: float = 1.0  # coefficient of variation, lognormal
    genuine_seconds: float = 240.0  # with wrap-up; also the first caller about the fire
    genuine_spread: float = 0.8
    repeat_seconds: float = 75.0  # another caller about the fire, when she has to find out that it is known
    repeat_spread: float = 0.5
    answer_seconds: float = 2.0  # from the ring to F2
    opened_seconds: float = (
        45.0  # from the first answer until the fire is an incident; she talks on afterwards
    )
    screen: bool = True  # the duplicate screen proposes the fire
    screen_seconds: float = 25.0  # a caller about the fire with the screen
    screen_spread: float = 0.3
    dismissed_seconds: float = 3.0  # what a wrong proposal costs with every other caller
    notice: bool = True  # the taker switches the fire's notice on
    notice_after: float = 20.0  # after the incident was opened
    notice_seconds: float = 14.0  # how long it is
    presses_share: float = 0.6  # of the other emergencies press a key when they have heard it
    satisfied_share: float = 0.0  # of the fire's callers hang up when they have heard it (0: nobody)
    on_call: int = 2  # takers on call: a third and a fourth seat
    on_call_seconds: float = 180.0  # from the call to the seat: somebody within the building or next door

    def without(self) -> Burst:
        """The same evening in a room that does nothing about it."""
        return replace(self, screen=False, notice=False, on_call=0)


@dataclass(frozen=True, kw_only=True)
class Waits:
    """Seconds until a taker answered. ``emergencies``: the other real ones among ``others``."""

    fire: tuple[float, ...]
    others: tuple[float, ...]
    emergencies: tuple[float, ...]
    hung_up_after_notice: int


def percentile(waits: list[float], share: float) -> float:
    """Nearest rank; 0 for none."""
    ranked = sorted(waits)
    return ranked[max(0, math.ceil(share * len(ranked)) - 1)] if ranked else 0.0


async def play_burst(city: City, plan: Burst) -> Waits:
    """One evening. Raises ``promises.Broken`` like any day."""
    room = replace(city.room, overflow=())  # telephones outside would only make the wait shorter
    day = Day(replace(city, room=room), Plan(seed=plan.seed, hours=HOURS, wrong_presses=0, calls=0))
    evening = Evening(plan)
    evening.plan_all(day)
    day.listeners.append(evening.hear)
    await day.run()
    return evening.waits()


class Evening:
    """Everybody in it."""

    def __init__(self, plan: Burst) -> None:
        self._plan = plan
        self._kind: dict[str, str] = {}  # call -> "fire", "emergency", "nuisance"
        self._arrived: dict[str, datetime] = {}
        self._waited: dict[str, float] = {}
        self._fire: str | None = None  # the incident
        self._fire_told = False  # its first caller has been answered
        self._left = 0

    def plan_all(self, day: Day) -> None:
        plan = self._plan
        for number in range(plan.seats):
            day.after(1.0 + number, self._sits_down, f"taker-{number}", "")
        for number in range(plan.on_call):
            day.after(5.0, self._is_on_call, f"on-call-{number}")
        for number in range(plan.callers):
            late = 0.0 if number == 0 else day.luck.expovariate(math.log(2) / plan.half_within)
            day.after(FIRE_SECONDS + late, self._rings, f"fire-{number}", "fire")
        day.after(HOURS * 3600.0, self._evening_ends)
        when, number = 0.0, 0
        while plan.others_per_hour:
            when += day.about(3600.0 / plan.others_per_hour)
            if when > FIRE_SECONDS + 1200.0:
                break
            number += 1
            kind = "nuisance" if day.chance(plan.nuisance_share) else "emergency"
            day.after(when, self._rings, f"other-{number}", kind)

    def hear(self, day: Day, event: facts.Event) -> None:
        plan = self._plan
        match event:
            case facts.CallOffered(call=call, taker=taker):
                day.after(plan.answer_seconds, self._answers, taker, call)
            case facts.CallAnswered(call=call, taker=taker, at=at):
                self._waited.setdefault(call, (at - self._arrived[call]).total_seconds())
                self._begins_to_talk(day, call, taker)
            case facts.CallToldNotice(call=call):
                day.after(plan.notice_seconds, self._has_heard, call)
            case facts.AssignmentSent(assignment=assignment, agency=agency):
                day.after(20.0, self._acknowledges, assignment, agency)
            case facts.OnCallCalled():
                for number in range(plan.on_call):
                    day.after(plan.on_call_seconds, self._sits_down, f"on-call-{number}", "siaga")
            case _:
                pass

    def waits(self) -> Waits:
        """How long everybody waited, of those who rang from the fire on."""
        of = {kind: [] for kind in ("fire", "emergency", "nuisance")}  # type: dict[str, list[float]]
        first = self._arrived["fire-0"]
        for call, seconds in self._waited.items():
            if self._arrived[call] >= first:
                of[self._kind[call]].append(seconds)
        others = (*of["emergency"], *of["nuisance"])
        return Waits(fire=tuple(of["fire"]), others=others, emergencies=tuple(of["emergency"]),
                     hung_up_after_notice=self._left)  # fmt: skip

    async def _evening_ends(self, day: Day) -> None:
        """By then everybody has been served and every message was delivered; the promises see to it."""

    # --- callers -----------------------------------------------------------------------------------------

    async def _rings(self, day: Day, call: str, kind: str) -> None:
        self._kind[call], self._arrived[call] = kind, day.now
        await day.do(calls.call_arrived, call=call, number=None, display_name=None, node="node-1",
                     channel=Channel.VOICE)  # fmt: skip

    async def _has_heard(self, day: Day, call: str) -> None:
        """He goes, satisfied; or his is another matter and he says so; or he stays."""
        (now,) = await day.all(Call, id=call)
        if now.state is not CallState.WAITING:
            return
        if self._kind[call] == "fire" and day.chance(self._plan.satisfied_share):
            self._left += 1
            await day.do(calls.caller_hung_up, call=call, cause="bye")
        elif self._kind[call] == "emergency" and day.chance(self._plan.presses_share):
            await day.do(calls.digit_pressed, call=call, digit="8")

    async def _acknowledges(self, day: Day, assignment: str, agency: str) -> None:
        await day.do(dispatch.acknowledge, assignment=assignment, by=of_agency(agency))

    # --- takers ------------------------------------------------------------------------------------------

    async def _sits_down(self, day: Day, taker: str, group: str) -> None:
        if group:
            await day.do(rooms.prepare_seat, city=day.city, taker=taker, group=day.city.room.on_call.group,
                         skills=(), by="supervisor")  # fmt: skip
        await day.do(calls.seat_connected, taker=taker)
        await day.do(calls.go_ready, taker=taker)

    async def _is_on_call(self, day: Day, taker: str) -> None:
        await day.do(rooms.prepare_seat, city=day.city, taker=taker, group=day.city.room.on_call.group,
                     skills=(), by="supervisor")  # fmt: skip

    async def _answers(self, day: Day, taker: str, call: str) -> None:
        await day.do(calls.answer_call, taker=taker, call=call)

    def _begins_to_talk(self, day: Day, call: str, taker: str) -> None:
        plan, kind = self._plan, self._kind[call]
        if kind == "nuisance":
            seconds = self._lasts(day, plan.nuisance_seconds, plan.nuisance_spread)
            day.after(seconds, self._puts_away, call, taker)
        elif kind == "emergency" or not self._fire_told:
            seconds = self._lasts(day, plan.genuine_seconds, plan.genuine_spread)
            self._fire_told = self._fire_told or kind == "fire"
            day.after(min(seconds, plan.opened_seconds), self._opens, call, taker)
            day.after(seconds, self._finishes, call, taker)
        else:
            day.after(plan.dismissed_seconds, self._looks_at_screen, call, taker)

    def _lasts(self, day: Day, mean: float, spread: float) -> float:
        """A lognormal length with this mean and coefficient of variation; a proposal she must dismiss costs more."""
        sigma = math.sqrt(math.log(1 + spread * spread))
        extra = self._plan.dismissed_seconds if self._plan.screen and self._fire is not None else 0.0
        return extra + day.luck.lognormvariate(math.log(mean) - sigma * sigma / 2, sigma)

    async def _looks_at_screen(self, day: Day, call: str, taker: str) -> None:
        """With the screen she sees at once that it may be the fire; without, or when it says nothing, she asks on."""
        plan = self._plan
        proposed: list[Suspect] = []
        if plan.screen:
            proposed = await day.look(burst.suspects_of, city=day.city, sheet=call, now=day.now)
        if self._fire is not None and any(one.incident.id == self._fire for one in proposed):
            seconds = self._lasts(day, plan.screen_seconds - plan.dismissed_seconds, plan.screen_spread)
        else:
            seconds = self._lasts(day, plan.repeat_seconds, plan.repeat_spread)
        day.after(seconds - plan.dismissed_seconds, self._joins, call, taker)

    async def _opens(self, day: Day, call: str, taker: str) -> None:
        """What and where are known; of the fire's callers the first makes the incident."""
        if self._kind[call] == "fire" and self._fire is not None:
            return
        incident = await day.do(
            incidents.open_incident, city=day.city, report=self._report(day, self._kind[call] == "fire"),
            by=taker, call=call, sheet=call,
        )  # fmt: skip
        if self._kind[call] == "fire":
            self._fire = incident
            if self._plan.notice:
                day.after(self._plan.notice_after, self._switches_notice, taker)

    async def _switches_notice(self, day: Day, taker: str) -> None:
        await day.do(rooms.switch_notice, incident=self._fire, on=True, by=taker)

    async def _joins(self, day: Day, call: str, taker: str) -> None:
        """One more reporter; while the first caller still tells what burns, she writes it down herself."""
        if self._fire is None:
            await self._opens(day, call, taker)
        else:
            await day.do(
                burst.join_and_go_on, city=day.city, incident=self._fire, sheet=call, told=Told(),
                by=Viewer(person=taker, name=taker, roles=(Role.TAKER,)),
            )  # fmt: skip
            return
        await self._finishes(day, call, taker)

    async def _puts_away(self, day: Day, call: str, taker: str) -> None:
        await day.do(calls.dispose_call, call=call, kind=Disposition.PRANK, taker=taker)

    async def _finishes(self, day: Day, call: str, taker: str) -> None:
        """She hangs up and is ready; the wrap-up is in the length of the call."""
        (found,) = await day.all(Call, id=call)
        if found.incident is None and self._fire is not None:
            await day.do(incidents.join_call, incident=self._fire, call=call, by=taker, sheet=call)
        await day.do(calls.end_call, call=call, taker=taker)
        (seat,) = await day.all(Seat, taker=taker)
        if seat.state is SeatState.WRAPUP:
            await day.do(incidents.finish_sheet, sheet=call, taker=taker)

    def _report(self, day: Day, fire: bool) -> Report:
        """The fire is of the type most can see from afar; other emergencies of any other unprotected type."""
        reach = {one.code: one.radius_m for one in day.city.families}
        seen = [one for one in day.city.types if one.family in reach and not one.protected]
        kind = max(seen, key=lambda one: reach[one.family or ""]) if fire else day.luck.choice(seen)
        area = day.luck.choice(day.city.kelurahan)
        place = Place(text=f"Jl. {area.name}", lat=area.lat, lon=area.lon, kelurahan=area.code,
                      kecamatan=area.kecamatan, method=PlaceMethod.CENTROID)  # fmt: skip
        return Report(type=kind.code, place=place)


async def compare(city: City, plan: Burst, runs: int, *, only_after: bool = False) -> dict[str, Any]:
    """The same evenings without and with the room's measures; p95 over all callers of all evenings, in seconds."""
    figures: dict[str, Any] = {"runs": runs, "callers": plan.callers, "seats": plan.seats}
    for name, kind in (("before", plan.without()), ("after", plan)):
        if only_after and name == "before":
            continue
        played = [await play_burst(city, replace(kind, seed=plan.seed + number)) for number in range(runs)]
        fire = [wait for one in played for wait in one.fire]
        figures[f"p95_{name}_s"] = round(percentile(fire, 0.95), 1)
        figures[f"within_10s_{name}"] = round(sum(1 for wait in fire if wait <= 10) / len(fire), 3)
        for label, waits in (("others", [w for one in played for w in one.others]),
                             ("emergencies", [w for one in played for w in one.emergencies])):  # fmt: skip
            figures[f"{label}_p95_{name}_s"] = round(percentile(waits, 0.95), 1)
        figures[f"others_{name}"] = sum(len(one.others) for one in played)
    return figures
