"""Hold, partners, transfers and call-backs: what takers do with a conversation, and what the other ends answer."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from siaga.domain import event as facts
from siaga.domain.leg import Leg, LegPurpose, LegState
from siaga.domain.shift import Seat, SeatState
from siaga.features.calls import actions as calls
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.conversation import legs
from siaga.features.calls.conversation.partners import Partner, known_partners
from siaga.features.calls.supervisor import actions as supervising

if TYPE_CHECKING:
    from siaga.drill.day import Day

WATCHER = "supervisor"


class Telephone:
    """The people at the other end of the calls we make, and the supervisor's headset."""

    def __init__(self, takers: tuple[str, ...]) -> None:
        self._takers = takers

    def plan(self, day: Day) -> None:
        day.after(day.between(0.0, 600.0), self.supervisor_listens_in)

    def hear(self, day: Day, event: facts.Event) -> None:
        """What happens makes somebody act, after a while; sometimes nobody does."""
        match event:
            case facts.LegDialled(leg=leg):
                self._is_rung(day, leg)
            case facts.LegAnswered(leg=leg, purpose=purpose, call=call, taker=taker):
                day.after(day.about(90.0), self.ends, leg, "hung_up")  # nobody holds the line for ever
                if purpose == LegPurpose.CONSULT and call is not None:
                    self._speaks_with_partner(day, call, taker)
            case facts.LegJoined(call=call, taker=taker) if day.chance(0.7):
                act = conversation.drop_partner if day.chance(0.4) else conversation.complete_transfer
                day.after(day.about(30.0), self.acts, act, call, taker)
            case facts.CallAnswered(call=call, taker=taker):
                self._talks(day, call, taker)
            case facts.CallHeld(call=call, taker=taker) if day.chance(0.8):
                day.after(day.about(40.0), self.acts, conversation.resume_call, call, taker)
            case facts.CallOffered(call=call) if day.chance(0.03):
                day.after(day.between(0.5, 14.0), self.supervisor_reassigns, call)
            case facts.CallerHungUp(abandoned=True, call=call) | facts.CallLost(call=call) if day.chance(0.5):
                day.after(day.between(5.0, 300.0), self.rings_back, call)
            case facts.SeatChanged(taker=taker, state=SeatState.AWAY) if day.chance(0.1):
                day.after(day.between(1.0, 20.0), self.rings_somebody, taker)
            case _:
                pass

    def _is_rung(self, day: Day, leg: str) -> None:
        luck = day.luck.random()
        if luck < 0.7:
            day.after(day.between(0.2, 2.0), self.rings, leg)
            day.after(day.between(2.0, 22.0), self.answers, leg)
        elif luck < 0.88:
            day.after(
                day.between(0.5, 20.0), self.ends, leg, day.luck.choice(("busy", "refused", "no_answer"))
            )

    def _talks(self, day: Day, call: str, taker: str) -> None:
        luck, soon = day.luck.random(), 1.0 + day.about(15.0)
        if luck < 0.12:
            day.after(soon, self.holds, call, taker)
        elif luck < 0.24:
            day.after(soon, self.calls_a_partner, conversation.consult, call, taker)
        elif luck < 0.32:
            day.after(soon, self.calls_a_partner, conversation.transfer_out, call, taker)
        elif luck < 0.40:
            day.after(soon, self.passes_on, call, taker)
        if day.chance(0.1):
            day.after(soon, self.supervisor_monitors, call)

    def _speaks_with_partner(self, day: Day, call: str, taker: str) -> None:
        luck = day.luck.random()
        if luck < 0.4:
            day.after(day.about(10.0), self.acts, conversation.join_partner, call, taker)
        elif luck < 0.65:
            day.after(day.about(10.0), self.acts, conversation.complete_transfer, call, taker)
        elif luck < 0.85:
            day.after(day.about(10.0), self.acts, conversation.drop_partner, call, taker)

    # --- the other ends ----------------------------------------------------------------------------------

    async def rings(self, day: Day, leg: str) -> None:
        await day.do(legs.leg_rang, leg=leg)

    async def answers(self, day: Day, leg: str) -> None:
        (known,) = await day.all(Leg, id=leg)
        if known.state is LegState.DIALLING:  # a telephone we have stopped ringing cannot be picked up
            for _ in range(2 if day.chance(0.1) else 1):
                await day.do(legs.leg_answered, leg=leg)

    async def ends(self, day: Day, leg: str, cause: str) -> None:
        for _ in range(2 if day.chance(0.1) else 1):
            await day.do(legs.leg_ended, leg=leg, cause=cause)

    # --- takers ------------------------------------------------------------------------------------------

    async def holds(self, day: Day, call: str, taker: str) -> None:
        await day.do(conversation.hold_call, call=call, taker=taker, rules=day.city.room.conversation)

    async def acts(self, day: Day, act: Any, call: str, taker: str) -> None:
        await day.do(act, call=call, taker=taker)

    async def calls_a_partner(self, day: Day, act: Any, call: str, taker: str) -> None:
        await day.do(
            act, call=call, taker=taker, partner=self._partner(day), rules=day.city.room.conversation
        )

    async def passes_on(self, day: Day, call: str, taker: str) -> None:
        await day.do(conversation.pass_call, call=call, to=day.luck.choice(self._takers), by=taker)

    async def rings_back(self, day: Day, call: str) -> None:
        taker = day.luck.choice(self._takers)
        await day.do(conversation.call_back, call=call, taker=taker, rules=day.city.room.conversation)

    async def rings_somebody(self, day: Day, taker: str) -> None:
        await day.do(
            conversation.call_out, taker=taker, partner=self._partner(day), rules=day.city.room.conversation
        )

    @staticmethod
    def _partner(day: Day) -> Partner:
        return day.luck.choice(known_partners(day.city))

    # --- the supervisor ----------------------------------------------------------------------------------

    async def supervisor_listens_in(self, day: Day) -> None:
        await day.do(calls.seat_connected, taker=WATCHER)

    async def supervisor_monitors(self, day: Day, call: str) -> None:
        for mode in day.luck.sample(("listen", "whisper", "barge", "off"), k=2):
            await day.do(supervising.monitor_call, call=call, mode=mode, by=WATCHER)

    async def supervisor_reassigns(self, day: Day, call: str) -> None:
        ready = [seat.taker for seat in await day.all(Seat, state=SeatState.READY)]
        to = day.luck.choice(ready or list(self._takers))
        await day.do(supervising.reassign_call, call=call, to=to, by=WATCHER)
