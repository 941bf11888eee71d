"""What happens in a conversation by text. The words themselves are in erasable rows, never here."""

from __future__ import annotations

from dataclasses import dataclass

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class TextSaid(Event):
    """The citizen wrote more, while his session was open."""

    name = "call.text_said.v1"
    call: str
    taker: str | None = None


@dataclass(frozen=True, kw_only=True)
class TextReplied(Event):
    """The taker wrote back."""

    name = "call.text_replied.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class TextLaidAside(Event):
    """The session is hers still; she does something else meanwhile."""

    name = "call.text_laid_aside.v1"
    call: str
    taker: str


@dataclass(frozen=True, kw_only=True)
class TextTakenUp(Event):
    """She is back in the session."""

    name = "call.text_taken_up.v1"
    call: str
    taker: str


TEXT_EVENTS = (TextSaid, TextReplied, TextLaidAside, TextTakenUp)
