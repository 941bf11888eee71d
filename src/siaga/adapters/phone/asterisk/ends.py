"""The channels of the exchange that are in our hands: callers, callees, and desk telephones."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Iterator
from dataclasses import dataclass, field

from siaga.adapters.phone.asterisk.rtp import RtpLeg

FORGOTTEN_MAX = 1000  # channels that were ours: one may be listed by the exchange for a moment after its end


@dataclass(eq=False)
class End:
    """One channel. ``name``: the call's id, or the seat's.

    ``there``: the exchange has said that it has it. ``announced``: it was said that he calls. ``cause``: why it ends,
    after Q.850. ``sounds``: how often its voice was connected. ``up``: whom we dialled has picked up.
    """

    name: str
    channel: str
    leg: RtpLeg
    outbound: bool
    seat: bool = False
    there: bool = False
    announced: bool = False
    cause: int | None = None
    sounds: int = 0
    pressing: asyncio.Lock = field(default_factory=asyncio.Lock)
    up: asyncio.Event = field(default_factory=asyncio.Event)
    over: asyncio.Event = field(default_factory=asyncio.Event)


class Ends:
    """All of them, by channel. What we make in the exchange has a name that begins with ``prefix``."""

    def __init__(self, prefix: str) -> None:
        self.prefix = prefix
        self._of_channel: dict[str, End] = {}
        self.forgotten: dict[str, None] = {}

    def __len__(self) -> int:
        return len(self._of_channel)

    def __iter__(self) -> Iterator[End]:
        return iter(list(self._of_channel.values()))

    def new_channel(self, kind: str) -> str:
        """A name for a channel we are about to make."""
        return f"{self.prefix}{kind}-{secrets.token_hex(8)}"

    def add(self, end: End) -> None:
        """It is in our hands from now on."""
        self._of_channel[end.channel] = end

    def of_channel(self, channel: str) -> End | None:
        """The end behind a channel of the exchange."""
        return self._of_channel.get(channel)

    def knows(self, end: End) -> bool:
        """Whether it is still in our hands."""
        return self._of_channel.get(end.channel) is end

    def forget(self, end: End) -> End | None:
        """It is in our hands no more; returns it the first time."""
        if not self.knows(end):
            return None
        del self._of_channel[end.channel]
        self.forgotten[end.channel] = None
        while len(self.forgotten) > FORGOTTEN_MAX:
            del self.forgotten[next(iter(self.forgotten))]
        end.over.set()
        return end

    def forget_all(self) -> list[End]:
        """None is in our hands any more; returns those that were."""
        return [end for end in self if self.forget(end)]
