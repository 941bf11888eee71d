"""What happens when something of ours falls dark, and what is brought back from paper afterwards."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from siaga.domain.events.fact import Event


@dataclass(frozen=True, kw_only=True)
class NodeSilent(Event):
    """A call node has stopped giving signs of life; its callers are listed, their calls are not ended."""

    name = "call.node_silent.v1"
    node: str


@dataclass(frozen=True, kw_only=True)
class NodeGone(Event):
    """A call node is dead, or has been silent too long; its calls are lost."""

    name = "call.node_gone.v1"
    node: str


@dataclass(frozen=True, kw_only=True)
class NodeBack(Event):
    """A call node we had given up lives after all."""

    name = "call.node_back.v1"
    node: str


@dataclass(frozen=True, kw_only=True)
class CallFound(Event):
    """A call we had called lost is still on the line."""

    name = "call.found.v1"
    call: str
    node: str


@dataclass(frozen=True, kw_only=True)
class PaperTyped(Event):
    """A call that was written on paper is in the record. ``at``: when it was typed; the other times are the paper's."""

    name = "call.typed_from_paper.v1"
    entry: str
    call: str
    incident: str | None
    arrived_at: datetime
    answered_at: datetime
    ended_at: datetime | None
    still_going: bool
    protected: bool
    by: str


@dataclass(frozen=True, kw_only=True)
class PaperUndone(Event):
    """What was typed from paper was taken back."""

    name = "call.paper_undone.v1"
    entry: str
    call: str
    incident: str | None
    by: str


DARKNESS_EVENTS = (NodeSilent, NodeGone, NodeBack, CallFound, PaperTyped, PaperUndone)
