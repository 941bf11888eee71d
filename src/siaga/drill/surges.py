"""More callers than seats: modes are switched by hand, telephones outside answer or do not, callers need languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.domain import event as facts
from siaga.domain.incident import Incident
from siaga.domain.leg import LegPurpose
from siaga.domain.room import NIGHT_SWITCHES
from siaga.domain.room_rules import OverflowKind
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import legs
from siaga.features.calls.room import actions as rooms

if TYPE_CHECKING:
    from siaga.drill.day import Day

BY = "supervisor"


class Surges:
    """Whatever happens to the room besides single calls."""

    def __init__(self, takers: tuple[str, ...]) -> None:
        self._takers = takers

    def plan(self, day: Day) -> None:
        """Some seats are in other groups and know languages; a supervisor plays with her switches now and then."""
        for taker in self._takers:
            if day.chance(0.5):
                day.after(day.between(0.0, 3600.0), self.is_prepared, taker)
        for _ in range(day.luck.choice((0, 0, 1, 3))):
            day.after(day.between(0.0, day.plan.hours * 3600.0), self.supervisor_switches)

    def hear(self, day: Day, event: facts.Event) -> None:
        """What a telephone outside does, and what a supervisor does about a fire."""
        match event:
            case facts.LegDialled(purpose=LegPurpose.OVERFLOW, leg=leg):
                day.after(day.between(2.0, 45.0), self.outside_rings, leg)
            case facts.CallTakenOutside(call=call, leg=leg):
                day.after(day.about(90.0), self.outside_ends, call, leg)
            case facts.IncidentOpened(incident=incident) if day.chance(0.1):
                day.after(day.about(30.0), self.switches_notice, incident, True)
                day.after(day.about(900.0), self.switches_notice, incident, False)
            case facts.CallAnswered(call=call, taker=taker) if day.chance(0.04):
                day.after(day.between(2.0, 10.0), self.hands_on, call, taker)
            case _:
                pass

    async def is_prepared(self, day: Day, taker: str) -> None:
        groups = ("", "", day.city.room.on_call.group, *(step.target for step in day.city.room.overflow
                  if step.kind is OverflowKind.GROUP))  # fmt: skip
        skills = tuple(skill.code for skill in day.city.room.skills if day.chance(0.4))
        await day.do(rooms.prepare_seat, city=day.city, taker=taker, group=day.luck.choice(groups),
                     skills=skills, by=BY)  # fmt: skip

    async def supervisor_switches(self, day: Day) -> None:
        on = day.chance(0.5)
        match day.luck.choice(("night", "flood", "on_call")):
            case "night":
                await day.do(rooms.switch_night, to=day.luck.choice(NIGHT_SWITCHES), by=BY)
            case "flood":
                await day.do(rooms.switch_flood, on=on, by=BY)
            case _:
                await day.do(rooms.switch_on_call, city=day.city, on=on, by=BY)

    async def switches_notice(self, day: Day, incident: str, on: bool) -> None:
        (about,) = await day.all(Incident, id=incident)
        if not about.protected:
            await day.do(rooms.switch_notice, incident=incident, on=on, by=BY)

    async def hands_on(self, day: Day, call: str, taker: str) -> None:
        if day.city.room.skills:
            skill = day.luck.choice(day.city.room.skills).code
            await day.do(rooms.hand_to_skill, city=day.city, call=call, skill=skill, taker=taker)

    async def outside_rings(self, day: Day, leg: str) -> None:
        luck = day.luck.random()
        if luck < 0.6:
            await day.do(legs.leg_answered, leg=leg)
        elif luck < 0.9:
            await day.do(legs.leg_ended, leg=leg, cause="no_answer")

    async def outside_ends(self, day: Day, call: str, leg: str) -> None:
        if day.chance(0.5):
            await day.do(legs.leg_ended, leg=leg, cause="hung_up")
        else:
            await day.do(calls.caller_hung_up, call=call, cause="bye")
