"""People outside the room: who reaches 112, why, how long they wait, and what their telephone does to them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from siaga.domain.call import Call, CallState, Channel, Disposition
from siaga.features.calls import actions as calls
from siaga.features.citizen.actions import press_panic

if TYPE_CHECKING:
    from siaga.drill.day import Day

# Shares as published for a city of this kind (design/product.md): most calls are not emergencies.
MIX = {
    Disposition.PRANK: 0.40,
    Disposition.GHOST: 0.27,
    Disposition.INFORMATION: 0.14,
    Disposition.REAL: 0.14,
    Disposition.WRONG_NUMBER: 0.03,
    Disposition.OUTSIDE_AREA: 0.02,
}
PATIENCE_SECONDS = {Disposition.PRANK: 25.0, Disposition.GHOST: 15.0, Disposition.REAL: 180.0}
PATIENCE_SECONDS_OTHERS = 60.0
NODES = ("node-1", "node-2")


@dataclass(frozen=True)
class Want:
    """What a caller really wants. Only the simulation knows; the taker finds out by talking."""

    kind: Disposition


class Callers:
    """Everybody who may call today."""

    def __init__(self) -> None:
        self.wants: dict[str, Want] = {}
        self._made = 0

    def plan(self, day: Day) -> None:
        """Spread today's calls over the day, some of them in bursts: one fire, forty callers."""
        left = day.plan.calls
        while left > 0:
            when = day.between(0.0, day.plan.hours * 3600.0)
            together = min(left, day.luck.choice((1, 1, 1, 1, 1, 2, 3, 8)))
            for _ in range(together):
                day.after(when + (day.about(20.0) if together > 1 else 0.0), self.somebody_needs_help)
            left -= together

    async def somebody_needs_help(self, day: Day) -> None:
        """By voice mostly; a press is always meant; a few write."""
        luck = day.luck.random()
        kind = day.luck.choices(list(MIX), list(MIX.values()))[0]
        if luck < 0.12:
            await self._press(day, Disposition.REAL if day.chance(0.7) else kind)
        else:
            await self._ring(day, kind, Channel.TEXT if luck < 0.16 else Channel.VOICE)

    async def _press(self, day: Day, kind: Disposition) -> None:
        """The telephone sends a press again until it has an answer; the key makes that one call."""
        day.presses += 1
        key = f"press-{day.presses}"
        call = None
        for _ in range(2 if day.chance(0.2) else 1):
            call = await day.do(
                press_panic, key=key, lat=day.city.lat, lon=day.city.lon, accuracy_m=20.0, number=None,
                device=f"device-{day.luck.randrange(40)}", said=None,
            )  # fmt: skip
        if call is not None:
            self.wants[call] = Want(kind)

    async def _ring(self, day: Day, kind: Disposition, channel: Channel) -> None:
        self._made += 1
        call = f"call-{self._made}"
        self.wants[call] = Want(kind)
        arrives = {
            "call": call, "number": f"0812{day.luck.randrange(300):08d}", "display_name": None,
            "node": day.luck.choice(NODES), "channel": channel,
        }  # fmt: skip
        await day.do(calls.call_arrived, **arrives)
        if day.chance(0.03):
            await day.do(calls.call_arrived, **arrives)
        if channel is Channel.VOICE:
            day.after(
                day.about(PATIENCE_SECONDS.get(kind, PATIENCE_SECONDS_OTHERS)), self.loses_patience, call
            )
            day.after(day.about(2400.0), self.hangs_up, call)  # nobody holds the line for ever
            if day.chance(0.1):
                day.after(day.about(20.0), self.presses_a_key, call)

    async def loses_patience(self, day: Day, call: str) -> None:
        """A caller nobody has answered may go; one who talks stays a while longer."""
        (found,) = await day.all(Call, id=call)
        goes = 0.15 if found.state is CallState.TALKING else 0.8
        if not found.is_over and day.chance(goes):
            await self.hangs_up(day, call)

    async def hangs_up(self, day: Day, call: str) -> None:
        """The line may say so twice."""
        for _ in range(2 if day.chance(0.1) else 1):
            await day.do(calls.caller_hung_up, call=call, cause="bye")

    async def presses_a_key(self, day: Day, call: str) -> None:
        await day.do(calls.digit_pressed, call=call, digit=day.luck.choice("0123456789*#"))

    def hear(self, day: Day, event: object) -> None:
        """Callers hear nothing of the journal."""
