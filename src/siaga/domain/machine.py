"""A state machine is a table; its picture in docs/states is drawn from the same table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import TypeVar

from siaga.domain.errors import RuleBroken
from siaga.domain.event import Event

S = TypeVar("S", bound=StrEnum)
Transitions = Mapping[S, Mapping[type[Event], S]]


def step(transitions: Transitions[S], before: S, event: type[Event], refusal: str) -> S:
    """The state after ``event``; refuses with ``refusal`` (Indonesian) when the table has no such arrow."""
    after = transitions[before].get(event)
    if after is None:
        raise RuleBroken(refusal)
    return after


def as_mermaid(transitions: Transitions[S]) -> str:
    """The diagram a supervisor can read, made from the table the program obeys."""
    arrows = [
        f"    {before} --> {after}: {event.__name__}"
        for before, exits in transitions.items()
        for event, after in exits.items()
    ]
    return "\n".join(["stateDiagram-v2", *arrows])
