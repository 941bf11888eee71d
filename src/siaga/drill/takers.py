"""The people at the desks: they come, answer or let it ring, talk, send, forget, lose their headset, go home."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siaga.domain import event as facts
from siaga.domain.call import NON_CALLS, Call, CallState, Channel, Disposition
from siaga.domain.incident import Incident
from siaga.domain.place import Place, PlaceMethod
from siaga.domain.shift import Seat, SeatState
from siaga.drill.callers import NODES
from siaga.features.calls import actions as calls
from siaga.features.calls.silence import actions as silent
from siaga.features.calls.texts import actions as texts
from siaga.features.incidents import actions as incidents
from siaga.features.incidents.actions import Report
from siaga.records.archive import AnyOf

if TYPE_CHECKING:
    from siaga.drill.callers import Callers
    from siaga.drill.day import Day


def a_report(day: Day) -> Report:
    """What somebody has seen, somewhere in (or outside) the city, told well or badly."""
    kind = day.luck.choice(day.city.types)
    area = day.luck.choice(day.city.kelurahan)
    place = day.luck.choices(
        (
            Place(text=f"Jl. {area.name}", lat=area.lat, lon=area.lon, kelurahan=area.code,
                  kecamatan=area.kecamatan, method=PlaceMethod.CENTROID),
            Place(text="dekat masjid"),
            Place(text="luar kota", method=PlaceMethod.OUTSIDE),
        ),
        (0.85, 0.1, 0.05),
    )[0]  # fmt: skip
    return Report(
        type=kind.code,
        place=place,
        priority=day.luck.randint(1, 4) if day.chance(0.05) else None,
        hazards=tuple(code for code in kind.hazards if day.chance(0.2)),
        notes=("satu baris",) if day.chance(0.5) else (),
    )


class Takers:
    """Everybody on the roster today."""

    def __init__(self, callers: Callers, count: int) -> None:
        self._callers = callers
        self.names = tuple(f"taker-{number}" for number in range(1, count + 1))

    def plan(self, day: Day) -> None:
        for name in self.names:
            day.after(day.between(0.0, 1800.0), self.comes, name)
        day.after(day.plan.hours * 3600.0 + 60.0, self.all_come_for_the_last_calls)

    def hear(self, day: Day, event: facts.Event) -> None:
        """What her screen shows makes her act, after a while; sometimes it does not."""
        match event:
            case facts.CallArrived(call=call) if day.chance(0.15):
                eager = day.luck.sample(self.names, k=2 if day.chance(0.4) else 1)
                seconds = day.between(0.5, 6.0)
                for taker in eager:  # two hands on F2 in the same second
                    day.after(seconds, self.presses_f2, taker, call if day.chance(0.7) else None)
            case facts.CallOffered(taker=taker):
                self._hears_ringing(day, taker)
            case facts.CallAnswered(call=call, taker=taker):
                day.after(2.0 + day.about(25.0), self.understands, taker, call)
                if day.chance(0.02):
                    day.after(day.about(20.0), self.node_restarts)
                if day.chance(0.06):
                    day.after(day.about(15.0), self.headset_breaks, taker)
            case facts.SeatChanged(taker=taker, state=SeatState.WRAPUP) if day.chance(0.8):
                day.after(day.between(1.0, 50.0), self.finishes, taker)
            case facts.SeatChanged(taker=taker, state=SeatState.AWAY):
                day.after(day.between(20.0, 600.0), self.comes, taker)
            case facts.SeatChanged(taker=taker, state=SeatState.OFF) if not day.is_over:
                day.after(day.between(600.0, 7200.0), self.comes, taker)
            case facts.CallerHungUp(abandoned=True, call=call) | facts.CallLost(call=call):
                day.after(day.between(20.0, 400.0), self.calls_back, call)
            case facts.TextLaidAside(call=call, taker=taker) | facts.TextSaid(call=call, taker=str(taker)):
                day.after(day.about(60.0), self.takes_up, taker, call)
            case facts.IncidentOpened(incident=incident):
                self._learns_more(day, incident)
            case _:
                pass

    def _hears_ringing(self, day: Day, taker: str) -> None:
        luck = day.luck.random()
        if luck < 0.84:
            day.after(day.between(0.8, 10.0), self.presses_f2, taker, None)
        elif luck < 0.88:
            day.after(day.between(1.0, 14.0), self.pauses, taker)
        elif luck < 0.90:
            day.after(day.between(1.0, 14.0), self.goes_home, taker)
        elif luck < 0.93:
            day.after(day.between(15.0, 17.0), self.presses_f2, taker, None)  # a moment too late

    def _learns_more(self, day: Day, incident: str) -> None:
        if day.chance(0.25):
            day.after(day.about(60.0), self.amends, incident)
        if day.chance(0.3):
            day.after(day.about(90.0), self.writes_a_note, incident)

    # --- her seat ----------------------------------------------------------------------------------------

    async def comes(self, day: Day, taker: str) -> None:
        """She sits down; the headset connects before or after she says she is ready, or not at all."""
        late = day.chance(0.3)
        if not late:
            await day.do(calls.seat_connected, taker=taker)
        await day.do(calls.go_ready, taker=taker)
        if late and day.chance(0.9):
            day.after(day.about(8.0), self.headset_connects, taker)

    async def all_come_for_the_last_calls(self, day: Day) -> None:
        """The night shift takes over: whoever still waits is served, whatever is owed is looked at."""
        for taker in self.names:
            await day.do(calls.seat_connected, taker=taker)
            await self.finishes(day, taker)
            await day.do(calls.go_ready, taker=taker)
        for text in await day.all(Call, channel=Channel.TEXT, state=CallState.TALKING):
            if text.aside_at is not None:
                await self.takes_up(day, text.taker or "", text.id)
        owed = [call.id for call in await day.all(Call, state=CallState.ENDED) if call.is_owed]
        for call in owed:
            await self.calls_back(day, call)
        states = (CallState.WAITING, CallState.RINGING, CallState.TALKING, CallState.HANDED)
        live = await day.all(Call, state=AnyOf(*states))
        if owed or live:
            day.after(60.0, self.all_come_for_the_last_calls)

    async def pauses(self, day: Day, taker: str) -> None:
        await day.do(calls.go_away, taker=taker, reason=day.luck.choice(("salat", "makan", None)))

    async def goes_home(self, day: Day, taker: str) -> None:
        await day.do(calls.leave_desk, taker=taker)

    async def headset_connects(self, day: Day, taker: str) -> None:
        await day.do(calls.seat_connected, taker=taker)

    async def headset_breaks(self, day: Day, taker: str) -> None:
        """A reload brings it back in seconds; a broken cable does not."""
        await day.do(calls.seat_lost, taker=taker)
        day.after(
            day.between(1.0, 6.0) if day.chance(0.6) else day.between(7.0, 200.0),
            self.headset_connects,
            taker,
        )

    async def node_restarts(self, day: Day) -> None:
        """A call node dies with everybody on it; most headsets come back when it is up again."""
        await day.do(calls.node_lost, node=day.luck.choice(NODES))
        for taker in self.names:
            if day.chance(0.9):
                day.after(1.0 + day.about(3.0), self.headset_connects, taker)

    # --- her calls ---------------------------------------------------------------------------------------

    async def presses_f2(self, day: Day, taker: str, call: str | None) -> None:
        await day.do(calls.answer_call, taker=taker, call=call)

    async def takes_up(self, day: Day, taker: str, call: str) -> None:
        """She looks at the text she had laid aside, unless somebody rings or talks."""
        await day.do(texts.take_up, call=call, taker=taker)
        day.after(day.about(20.0), self.understands, taker, call)

    async def understands(self, day: Day, taker: str, call: str) -> None:
        """She knows what the caller wants, and acts on it; or hangs up first and writes afterwards."""
        (seat,) = await day.all(Seat, taker=taker)
        if seat.state is not SeatState.TALKING or seat.call != call:
            return
        if day.chance(0.15):
            await day.do(calls.end_call, call=call, taker=taker)
            return
        await self._deals_with(day, taker, call)
        day.after(day.about(40.0), self.hangs_up, taker, call)

    async def _asks_for_a_sign(self, day: Day, taker: str, call: str) -> None:
        """A silent caller hears the recorded voice for nine seconds; the check is over when she looks again."""
        await day.do(silent.begin_check, call=call, taker=taker)
        day.after(9.0, self._script_is_over, call)
        day.after(30.0, self._puts_away, taker, call)

    async def _script_is_over(self, day: Day, call: str) -> None:
        await day.do(silent.check_played, call=call)

    async def _puts_away(self, day: Day, taker: str, call: str) -> None:
        await day.do(calls.dispose_call, call=call, kind=Disposition.GHOST, taker=taker)

    async def hangs_up(self, day: Day, taker: str, call: str) -> None:
        await day.do(calls.end_call, call=call, taker=taker)

    async def _deals_with(self, day: Day, taker: str, call: str) -> None:
        want = self._callers.wants.get(call)
        kind = want.kind if want is not None else Disposition.REAL
        if kind is not Disposition.REAL:
            said = kind if day.chance(0.9) else day.luck.choice(NON_CALLS)
            if said is Disposition.GHOST:
                await self._asks_for_a_sign(day, taker, call)
                return
            await day.do(calls.dispose_call, call=call, kind=said, taker=taker)
            return
        open_now = await day.all(Incident, outcome=None)
        if open_now and day.chance(0.15):
            same = day.luck.choice(open_now[-5:])
            await day.do(incidents.join_call, incident=same.id, call=call, by=taker)
        else:
            await day.do(
                incidents.open_incident, city=day.city, report=a_report(day), by=taker, call=call, sheet=call
            )

    async def finishes(self, day: Day, taker: str) -> None:
        """After the call: write down what is still missing, then ready, a break, or home; some just forget."""
        found = await day.all(Seat, taker=taker)
        if not found or found[0].state is not SeatState.WRAPUP:
            return
        call = found[0].call
        if call is not None and (await day.all(Call, id=call))[0].is_owed and day.chance(0.9):
            await self._deals_with(day, taker, call)
        luck = day.luck.random()
        if luck < 0.2 and call is not None:
            await day.do(incidents.finish_sheet, sheet=call, taker=taker)
        elif luck < 0.6:
            await day.do(calls.go_ready, taker=taker)
        elif luck < 0.75:
            await self.pauses(day, taker)
        elif luck < 0.8:
            await self.goes_home(day, taker)

    async def calls_back(self, day: Day, call: str) -> None:
        """A missed caller is rung: nobody answers, or it was a mistake, or it becomes an incident after all."""
        (owed,) = await day.all(Call, id=call)
        if not owed.is_owed:
            return
        taker = day.luck.choice(self.names)
        if day.chance(0.3):
            await day.do(calls.take_back, call=call, taker=taker)
        if day.chance(0.7) or day.is_over:
            await day.do(calls.call_back_done, call=call, taker=taker)
        else:
            await self._deals_with(day, taker, call)

    # --- what she learns later ---------------------------------------------------------------------------

    async def amends(self, day: Day, incident: str) -> None:
        better = a_report(day)
        changes: dict[str, Any] = {"hazards": better.hazards}
        if day.chance(0.4):
            changes["type"] = better.type
        if day.chance(0.4):
            changes["place"] = better.place
        if day.chance(0.3):
            changes["priority"] = day.luck.randint(1, 4)
        taker = day.luck.choice(self.names)
        await day.do(incidents.amend_incident, city=day.city, incident=incident, by=taker, **changes)

    async def writes_a_note(self, day: Day, incident: str) -> None:
        await day.do(incidents.add_note, incident=incident, text="lanjutan", by=day.luck.choice(self.names))
