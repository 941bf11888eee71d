"""The people who help: agencies answer, refuse or sleep; units move; the supervisor closes, reopens, sees alarms."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.domain import event as facts
from siaga.domain.assignment import Assignment, AssignmentState
from siaga.domain.incident import Incident, Outcome
from siaga.domain.roles import Role, Viewer
from siaga.domain.unit import FREE, Unit, UnitStatus
from siaga.features.dispatch import actions as dispatch
from siaga.features.incidents import actions as incidents

if TYPE_CHECKING:
    from siaga.drill.day import Day

SUPERVISOR = Viewer(person="supervisor", name="Pengawas", roles=(Role.SUPERVISOR,), in_circle=True)


def of_agency(agency: str, phone: int = 1) -> Viewer:
    """Somebody of the agency, on one of its telephones."""
    return Viewer(person=f"{agency}-{phone}", name=agency, roles=(Role.AGENCY,), agency=agency)


class Agencies:
    """All agencies, their units, and the supervisor who watches them."""

    def plan(self, day: Day) -> None:
        """The outside breaks too: message channels fail for a while, the worker is restarted."""
        for _ in range(day.luck.choice((0, 1, 2))):
            when = day.between(0.0, day.plan.hours * 3600.0)
            day.after(when, self.channels, True)
            day.after(when + day.about(300.0), self.channels, False)
        for _ in range(day.luck.choice((0, 1, 2))):
            day.after(day.between(0.0, day.plan.hours * 3600.0), self.worker_restarts)

    async def channels(self, day: Day, broken: bool) -> None:
        day.channel.broken = broken

    async def worker_restarts(self, day: Day) -> None:
        """Nobody follows and nobody ticks for a while; the room goes on."""
        day.stop_worker(day.about(40.0))

    def hear(self, day: Day, event: facts.Event) -> None:
        """What a phone shows makes somebody act; silence is common, and climbs the ladder."""
        match event:
            case facts.CallAnswered() if day.chance(
                0.03
            ):  # while she types, nobody will be asked for a while
                day.after(0.0, self.worker_restarts)
            case facts.AssignmentSent(assignment=assignment, agency=agency):
                self._hears_of(day, assignment, agency)
            case facts.AssignmentEscalated(assignment=assignment, agency=agency) if day.chance(0.6):
                day.after(day.between(4.0, 58.0), self.acknowledges, assignment, agency, 2)
            case facts.AssignmentAcknowledged(assignment=assignment, agency=agency, incident=incident):
                self._goes(day, assignment, agency, incident)
            case facts.AssignmentOnScene(assignment=assignment, agency=agency):
                day.after(day.about(1500.0), self.finishes, assignment, agency)
            case facts.AssignmentDone(incident=incident) | facts.AssignmentDeclined(incident=incident):
                day.after(day.between(10.0, 600.0), self.closes_if_done, incident)
            case facts.IncidentOpened(incident=incident):
                if day.chance(0.05):
                    day.after(day.about(20.0), self.closes, incident)
                if day.chance(0.08):
                    day.after(day.about(60.0), self.asks_one_more, incident)
            case facts.IncidentClosed(incident=incident) if day.chance(0.06):
                day.after(day.about(1200.0), self.reopens, incident)
            case facts.AlarmRaised(alarm=alarm) if day.chance(0.5):
                day.after(day.about(20.0), self.sees_alarm, alarm)
            case _:
                pass

    def _hears_of(self, day: Day, assignment: str, agency: str) -> None:
        if day.chance(0.03):  # no signal, just when it matters
            day.after(0.0, self.channels, True)
            day.after(day.about(90.0), self.channels, False)
        luck = day.luck.random()
        if luck < 0.70:
            day.after(day.between(3.0, 50.0), self.acknowledges, assignment, agency, 1)
            if day.chance(0.1):
                day.after(day.between(3.0, 50.0), self.acknowledges, assignment, agency, 2)
        elif luck < 0.78:
            day.after(day.between(5.0, 50.0), self.declines, assignment, agency)
        elif luck < 0.81:
            day.after(day.about(300.0), self.arrives, assignment, agency)
        elif luck < 0.83:
            day.after(day.about(300.0), self.finishes, assignment, agency)

    def _goes(self, day: Day, assignment: str, agency: str, incident: str) -> None:
        if day.chance(0.03):
            day.after(day.about(60.0), self.declines, assignment, agency)
        if day.chance(0.5):
            day.after(day.between(5.0, 90.0), self.sends_a_unit, agency, incident)
        day.after(day.about(500.0), self.arrives, assignment, agency)
        if day.chance(0.1):
            day.after(day.about(900.0), self.finishes, assignment, agency)

    # --- an agency ---------------------------------------------------------------------------------------

    async def acknowledges(self, day: Day, assignment: str, agency: str, phone: int) -> None:
        await day.do(dispatch.acknowledge, assignment=assignment, by=of_agency(agency, phone))

    async def declines(self, day: Day, assignment: str, agency: str) -> None:
        await day.do(dispatch.decline, assignment=assignment, by=of_agency(agency), reason="bukan wewenang")

    async def arrives(self, day: Day, assignment: str, agency: str) -> None:
        await day.do(dispatch.arrive, assignment=assignment, by=of_agency(agency))

    async def finishes(self, day: Day, assignment: str, agency: str) -> None:
        await day.do(dispatch.finish, assignment=assignment, by=of_agency(agency), result="selesai")

    async def sends_a_unit(self, day: Day, agency: str, incident: str) -> None:
        free = [unit for unit in await day.all(Unit, agency=agency) if unit.status in FREE]
        if free:
            unit = day.luck.choice(free)
            if day.chance(0.5):
                await day.do(
                    dispatch.send_unit, city=day.city, unit=unit.code, incident=incident, by=SUPERVISOR
                )
            else:
                await self.unit_reports(day, unit.code, agency, UnitStatus.ASSIGNED, incident)
            day.after(day.about(60.0), self.unit_reports, unit.code, agency, UnitStatus.EN_ROUTE, incident)
            day.after(day.about(4000.0), self.unit_reports, unit.code, agency, UnitStatus.READY, None)

    async def unit_reports(
        self, day: Day, unit: str, agency: str, status: UnitStatus, incident: str | None
    ) -> None:
        await day.do(
            dispatch.set_unit_status, unit=unit, status=status, incident=incident, by=of_agency(agency)
        )

    # --- the supervisor ----------------------------------------------------------------------------------

    async def closes_if_done(self, day: Day, incident: str) -> None:
        """When all parts are done; a refused part has been given to somebody else by then."""
        asked = await day.all(Assignment, incident=incident)
        states = {one.state for one in asked if one.is_open}
        if not states and any(one.state is AssignmentState.DONE for one in asked):
            await self.closes(day, incident)

    async def closes(self, day: Day, incident: str) -> None:
        outcome = day.luck.choice(list(Outcome))
        others = [one.id for one in await day.all(Incident, outcome=None) if one.id != incident]
        same = day.luck.choice(others) if others and outcome is Outcome.DUPLICATE else None
        await day.do(
            incidents.close_incident, incident=incident, outcome=outcome, by="supervisor", duplicate_of=same
        )

    async def reopens(self, day: Day, incident: str) -> None:
        if not day.is_over:
            await day.do(incidents.reopen_incident, incident=incident, reason="belum selesai", by=SUPERVISOR)

    async def asks_one_more(self, day: Day, incident: str) -> None:
        agency = day.luck.choice(day.city.agencies).code
        await day.do(dispatch.ask_agency, city=day.city, incident=incident, agency=agency, by=SUPERVISOR)

    async def sees_alarm(self, day: Day, alarm: str) -> None:
        await day.do(dispatch.acknowledge_alarm, alarm=alarm, by=SUPERVISOR)
