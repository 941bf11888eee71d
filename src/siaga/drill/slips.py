"""Wrong presses: anybody presses anything about anything at any moment. Refused or not, no promise may break."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

from siaga.domain.alarm import Alarm
from siaga.domain.assignment import Assignment
from siaga.domain.call import Call, CallState, Disposition
from siaga.domain.incident import Incident, Outcome
from siaga.domain.unit import Unit, UnitStatus
from siaga.drill.agencies import SUPERVISOR, of_agency
from siaga.drill.takers import a_report
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.conversation.partners import known_partners
from siaga.features.calls.supervisor import actions as supervising
from siaga.features.dispatch import actions as dispatch
from siaga.features.incidents import actions as incidents
from siaga.records.archive import Action

if TYPE_CHECKING:
    from siaga.drill.day import Day

E = TypeVar("E")
Press = tuple[Action[Any], dict[str, Any]]


class Slips:
    """Fingers that slip."""

    def __init__(self, takers: tuple[str, ...]) -> None:
        self._takers = takers

    def plan(self, day: Day) -> None:
        for _ in range(day.plan.wrong_presses):
            day.after(day.between(0.0, day.plan.hours * 3600.0), self.somebody_slips)

    def hear(self, day: Day, event: object) -> None:
        """A slip is likeliest when much happens."""
        if day.chance(0.02) and not day.is_over:
            day.after(day.between(0.0, 5.0), self.somebody_slips)

    async def somebody_slips(self, day: Day) -> None:
        taker, call = day.luck.choice(self._takers), await self._any_call(day)
        presses = self._at_a_desk(day, taker, call)
        presses += await self._at_an_incident(day, taker, call)
        presses += await self._in_the_field(day)
        action, given = day.luck.choice(presses)
        await day.do(action, **given)

    def _at_a_desk(self, day: Day, taker: str, call: str | None) -> list[Press]:
        presses: list[Press] = [
            (calls.go_ready, {"taker": taker}),
            (calls.go_away, {"taker": taker, "reason": "salah pencet"}),
            (calls.leave_desk, {"taker": taker}),
            (calls.seat_lost, {"taker": taker}),
            (calls.seat_connected, {"taker": taker}),
            (calls.answer_call, {"taker": taker}),
        ]
        if call is not None:
            kind = day.luck.choice(list(Disposition))
            presses += [
                (calls.answer_call, {"taker": taker, "call": call}),
                (calls.end_call, {"taker": taker, "call": call}),
                (calls.dispose_call, {"taker": taker, "call": call, "kind": kind}),
                (calls.call_back_done, {"taker": taker, "call": call}),
                (calls.take_back, {"taker": taker, "call": call}),
                (incidents.finish_sheet, {"taker": taker, "sheet": call}),
                (calls.caller_hung_up, {"call": call, "cause": "bye"}),
                (calls.digit_pressed, {"call": call, "digit": "5"}),
                *self._within_a_conversation(day, taker, call),
            ]
        return presses

    def _within_a_conversation(self, day: Day, taker: str, call: str) -> list[Press]:
        hers = {"call": call, "taker": taker}
        rules = {"rules": day.city.room.conversation}
        partner = {"partner": day.luck.choice(known_partners(day.city))}
        other = day.luck.choice(self._takers)
        return [
            (conversation.hold_call, hers | rules),
            (conversation.resume_call, hers),
            (conversation.consult, hers | rules | partner),
            (conversation.transfer_out, hers | rules | partner),
            (conversation.join_partner, hers),
            (conversation.complete_transfer, hers),
            (conversation.drop_partner, hers),
            (conversation.call_back, hers | rules),
            (conversation.call_out, {"taker": taker} | rules | partner),
            (conversation.send_digits, {"taker": taker, "digits": "1#"}),
            (conversation.mute_seat, {"taker": taker, "on": True}),
            (conversation.pass_call, {"call": call, "to": other, "by": taker}),
            (supervising.reassign_call, {"call": call, "to": other, "by": SUPERVISOR.person}),
            (supervising.monitor_call, {"call": call, "mode": "listen", "by": other}),
            (
                supervising.set_seat,
                {"taker": other, "verb": "pause", "reason": "salah", "by": SUPERVISOR.person},
            ),
        ]

    async def _at_an_incident(self, day: Day, taker: str, call: str | None) -> list[Press]:
        report = a_report(day)
        presses: list[Press] = [
            (incidents.open_incident, {"city": day.city, "report": report, "by": taker, "call": call}),
        ]
        incident = self._one_of(day, await day.all(Incident))
        if incident is not None:
            same = {"incident": incident.id, "by": taker}
            outcome = day.luck.choice(list(Outcome))
            amended = {"type": report.type, "place": report.place, "hazards": report.hazards}
            presses += [
                (incidents.amend_incident, same | {"city": day.city} | amended),
                (incidents.close_incident, same | {"outcome": outcome, "duplicate_of": incident.id}),
                (incidents.close_incident, same | {"outcome": Outcome.HANDLED}),
                (
                    incidents.reopen_incident,
                    {"incident": incident.id, "reason": "belum selesai", "by": SUPERVISOR},
                ),
            ]
            if call is not None:
                presses.append((incidents.join_call, same | {"call": call}))
        return presses

    async def _in_the_field(self, day: Day) -> list[Press]:
        agency = day.luck.choice(day.city.agencies).code
        by = day.luck.choice((of_agency(agency), SUPERVISOR))
        presses: list[Press] = []
        assignment = self._one_of(day, await day.all(Assignment))
        if assignment is not None:
            about = {"assignment": assignment.id, "by": by}
            ask = {"city": day.city, "incident": assignment.incident, "agency": agency, "by": SUPERVISOR}
            presses += [
                (dispatch.acknowledge, about),
                (dispatch.decline, about | {"reason": "salah pencet"}),
                (dispatch.arrive, about),
                (dispatch.finish, about | {"result": day.luck.choice(("", "selesai"))}),
                (dispatch.ask_agency, ask),
            ]
        unit = self._one_of(day, await day.all(Unit))
        incident = self._one_of(day, await day.all(Incident))
        if unit is not None:
            status = day.luck.choice(list(UnitStatus))
            where = incident.id if incident is not None and day.chance(0.7) else None
            about_unit = {"unit": unit.code, "status": status, "incident": where, "by": by}
            presses.append((dispatch.set_unit_status, about_unit))
            if incident is not None:
                sent = {"city": day.city, "unit": unit.code, "incident": incident.id, "by": by}
                presses.append((dispatch.send_unit, sent))
        alarm = self._one_of(day, await day.all(Alarm))
        if alarm is not None:
            presses.append((dispatch.acknowledge_alarm, {"alarm": alarm.id, "by": by}))
        return presses

    async def _any_call(self, day: Day) -> str | None:
        """A live one rather than an old one: that is where a slip could hurt."""
        live = [call for call in await day.all(Call) if call.state is not CallState.ENDED]
        found = self._one_of(day, live) if day.chance(0.7) else None
        found = found or self._one_of(day, await day.all(Call))
        return found.id if found is not None else None

    @staticmethod
    def _one_of(day: Day, found: list[E]) -> E | None:
        return day.luck.choice(found) if found else None
