"""No code path refuses or drops a call before a person, or the silent protocol, has dealt with it.

Three proofs. Every path of a call through the domain is walked. Every place that can end a telephone connection is
listed here with its reason, and a new one fails. And ten thousand callers, restricted and flooding, are let through
the real queue (tests/drill/test_nuisance.py).
"""

from __future__ import annotations

import ast
import inspect
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from functools import cache
from types import ModuleType
from typing import Any

from siaga.domain import conversation, overflow, silent_check
from siaga.domain.call import TRANSITIONS, Call, CallState, Channel, Disposition, arrived
from siaga.domain.errors import RuleBroken
from siaga.domain.event import CallAnswered, CallDisposed, CallerHungUp, CallLost, CallTakenOutside, Event
from siaga.domain.leg import Leg, LegPurpose, dialled
from siaga.domain.room_rules import OverflowKind, OverflowStep, SilentQuestion, SilentRules
from siaga.domain.silent_check import Sign
from tests.architecture.source import PACKAGE, modules, tree

NINE = datetime(2026, 8, 17, 9, 0, tzinfo=UTC)
TAKERS = ("rani", "septi")
BY_THE_CALLER_OR_OUR_FAULT = {CallerHungUp, CallLost}
BY_SOMEBODY_WHO_ANSWERED = {CallAnswered, CallTakenOutside}


# --- 1. the domain: every path -----------------------------------------------------------------------------------


def test_no_arrow_leads_from_waiting_to_the_end_but_the_callers_own_and_our_own_fault() -> None:
    ways_out = {
        event
        for state in (CallState.WAITING, CallState.RINGING)
        for event, after in TRANSITIONS[state].items()
        if after is CallState.ENDED
    }
    assert ways_out == BY_THE_CALLER_OR_OUR_FAULT


def _leg() -> Leg:
    leg, _ = dialled(
        id="leg", purpose=LegPurpose.OVERFLOW, taker="rani", address="113", label="x", caller_id="112", at=NINE,
        ring_seconds=20, call="c",
    )  # fmt: skip
    return leg.answered(at=NINE)[0]


GIVEN: dict[str, tuple[Any, ...]] = {
    # every value an act may be given, by the name of its parameter; an act with another parameter fails the test
    "to": TAKERS,
    "by": TAKERS,
    "at": (NINE,),
    "now": (NINE,),
    "seconds": (15,),
    "kind": (*Disposition, None),
    "incident": ("incident",),
    "digit": ("5",),
    "leg": (_leg(),),
    "step": (OverflowStep(code="s", name="S", kind=OverflowKind.GROUP, target="g", after_seconds=1),),
    "skill": ("jv",),
    "on": (True, False),
    "sign": tuple(Sign),
    "rules": (SilentRules(check_seconds=0),),
    "question": (SilentQuestion(code="q", text="?", text_en="?", prompt="p"),),
    "id": ("id",),
}
ACTS_ELSEWHERE: tuple[ModuleType, ...] = (conversation, overflow, silent_check)
Act = Callable[[Call], Any]


def _returns_a_call(function: Callable[..., Any]) -> bool:
    said = str(function.__annotations__.get("return", ""))
    return any(word == "Call" for word in said.replace("[", " ").replace("]", " ").replace(",", " ").split())


def _functions() -> Iterator[Callable[..., Any]]:
    """Every way the domain has to change a call: the methods of Call and the acts of its neighbours."""
    for name, method in inspect.getmembers(Call, inspect.isfunction):
        if not name.startswith("_") and _returns_a_call(method):
            yield method
    for module in ACTS_ELSEWHERE:
        for name, function in inspect.getmembers(module, inspect.isfunction):
            first = next(iter(inspect.signature(function).parameters), "")
            own = function.__module__ == module.__name__ and not name.startswith("_")
            if own and first == "call" and _returns_a_call(function):
                yield function


def _acts() -> list[tuple[str, Act]]:
    acts: list[tuple[str, Act]] = []
    for function in _functions():
        names = list(inspect.signature(function).parameters)[1:]
        for values in itertools.product(*(GIVEN[name] for name in names)):
            given = dict(zip(names, values, strict=True))
            positional = {
                name
                for name, one in inspect.signature(function).parameters.items()
                if one.kind is one.POSITIONAL_OR_KEYWORD
            }
            first = [given.pop(name) for name in names if name in positional]

            def act(call: Call, function: Any = function, first: Any = first, given: Any = given) -> Any:
                return function(call, *first, **given)

            acts.append((f"{function.__qualname__}{values}", act))
    return acts


def _outcome(act: Act, call: Call) -> tuple[Call, tuple[Event, ...]] | None:
    """The call after the act and what was recorded; ``None`` when the act refuses or does not concern it."""
    try:
        result = act(call)
    except RuleBroken:
        return None
    if isinstance(result, Call):
        return result, ()
    if isinstance(result, tuple) and isinstance(result[0], Call):
        return result[0], tuple(one for one in result[1:] if isinstance(one, Event))
    return None


def _same(call: Call) -> Call:
    """What only informs, and never decides whether an act may happen, is forgotten: it would multiply the paths."""
    return replace(
        call, digits="", knocks=0, needs=(), needed_at=None, overflowed=(), open_to=(), passed_by=(), attempts=0,
        watched_at=None, check_played_at=None, told=None, other_matter=False, outside=None, held_until=None,
        answered_at=None if call.answered_at is None else NINE, cannot_speak_at=None, voice_at=None, urgency=2,
        disposition=None if call.disposition is None else Disposition.PRANK,
    )  # fmt: skip


def test_every_path_of_a_call_ends_by_the_caller_by_our_fault_or_after_somebody_answered() -> None:
    acts = _acts()
    names = {name.split("(")[0] for name, _ in acts}
    assert {"Call.hung_up", "Call.ended", "Call.disposed", "overflowed", "held", "began"} <= names

    beginnings = [arrived(id="c", channel=channel, at=NINE, number="081")[0] for channel in Channel]
    seen: set[tuple[Call, bool]] = {(call, False) for call in beginnings}
    todo = [(call, False) for call in beginnings]
    ends, moves = 0, 0
    while todo:
        before, somebody_answered = todo.pop()
        for name, act in acts:
            after = _outcome(act, before)
            if after is None:
                continue
            call, events = after
            moves += 1
            kinds = {type(event) for event in events}
            answered = somebody_answered or bool(kinds & BY_SOMEBODY_WHO_ANSWERED)
            if not answered:
                assert CallDisposed not in kinds, f"{name} disposed of a caller nobody had answered"
                assert call.incident is None, f"{name} made an incident of a caller nobody had answered"
            if call.is_over and not before.is_over:
                ends += 1
                asked_for = bool(kinds & BY_THE_CALLER_OR_OUR_FAULT)
                waiting = before.state in (CallState.WAITING, CallState.RINGING)
                assert asked_for or (answered and not waiting), f"{name} ended {before}"
            state = (_same(call), answered)
            if not call.is_over and state not in seen:
                seen.add(state)
                todo.append(state)
    assert len(seen) > 100
    assert ends > 100
    assert moves > 1000


# --- 2. the telephone: every place that can end a connection -------------------------------------------------------

ENDING_WORDS = {"hang_up", "hangup", "reject", "refuse", "HangUp", "put_down"}
WIRE_WORDS = ("BYE", "CANCEL", "DELETE", "SIP/2.0 4", "SIP/2.0 5", "SIP/2.0 6")
NOT_THE_PRODUCT = "drill"  # callers we play ourselves, in demos and tests

REASONS: dict[tuple[str, str, str], str] = {
    (
        "call_node.py",
        "carry_out",
        "hang_up",
    ): "obeys HangUp, which only the facts of `orders_for` lead to (below)",
    (
        "orders.py",
        "orders_for",
        "HangUp",
    ): "ended, disposed, lost or hung up: facts the domain gives to nobody waiting",
    ("orders.py", "_orders_within", "HangUp"): "a leg we dialled ourselves has ended; no caller is on it",
    (
        "baresip_engine.py",
        "answer",
        "hangup",
    ): "the stack could not answer: he has gone or cannot be heard; owed",
    (
        "baresip_engine.py",
        "refuse",
        "reject",
    ): "the word for `no room`; nobody in the product says it (below)",
    ("baresip_engine.py", "hang_up", "hangup"): "the order above, carried out",
    (
        "baresip_engine.py",
        "_make_room",
        "hangup",
    ): "all places taken: a call its own telephone never completed (no ACK, no voice); owed",
    (
        "baresip_engine.py",
        "_on_incoming",
        "reject",
    ): "all places taken by completed calls: 486 sends him to the next node or route",
    ("baresip_engine.py", "dial", "hangup"): "a callee of ours that was put down while it was being dialled",
    ("baresip_engine.py", "_rang_out", "hangup"): "a callee of ours did not pick up",
    ("baresip_engine.py", "_put_down", "hangup"): "a taker's desk telephone, not a caller",
    ("trunk.py", "dial_desk", "hangup"): "a desk telephone that did not answer",
    ("client.py", "disconnect", "DELETE"): "a browser's headset, asked of the node over its own socket",
    ("control.py", "_answered", "DELETE"): "the same request, received",
    # behind an exchange of the office's own (Asterisk)
    ("asterisk_engine.py", "_give_voice", "put_down"): "a desk telephone whose voice cannot be connected",
    ("asterisk_engine.py", "hang_up", "put_down"): "the order above, carried out",
    (
        "asterisk_engine.py",
        "refuse",
        "put_down",
    ): "the word for `no room`; nobody in the product says it (below)",
    ("channels.py", "let_go", "put_down"): "whom we dialled; a caller goes back to the exchange's own plan",
    ("channels.py", "originate", "put_down"): "whom we dialled, when dialling failed or is no longer wanted",
    ("channels.py", "put_down", "DELETE"): "the wire's word for the four above",
    ("exchange.py", "_pay", "DELETE"): "ends ordered while the exchange was away",
    ("seat_orders.py", "_put_down", "put_down"): "a taker's desk telephone",
    ("seat_orders.py", "dial_seat", "put_down"): "a desk telephone that did not answer",
    (
        "voice_paths.py",
        "_remove",
        "DELETE",
    ): "a bridge or our own half of a voice, never the caller's channel",
    (
        "trunk.py",
        "_if_let_in",
        "reject",
    ): "not from the operator, where the office has named its operators' addresses",
}


def _phone_files() -> Iterator[Any]:
    for path in sorted((PACKAGE / "adapters" / "phone").rglob("*.py")):
        if path.parent.name != NOT_THE_PRODUCT:
            yield path


@cache
def _ending_places() -> set[tuple[str, str, str]]:
    """Every call of a word that can end a connection, with the function it stands in."""
    found = set()
    for path in _phone_files():
        for function in ast.walk(tree(path)):
            if not isinstance(function, ast.FunctionDef | ast.AsyncFunctionDef):
                continue
            for node in ast.walk(function):
                if isinstance(node, ast.Call):
                    word = (
                        node.func.attr
                        if isinstance(node.func, ast.Attribute)
                        else getattr(node.func, "id", "")
                    )
                    if word in ENDING_WORDS:
                        found.add((path.name, function.name, word))
                elif isinstance(node, ast.Constant) and isinstance(node.value, str):
                    words = {word for word in WIRE_WORDS if node.value.startswith(word)}
                    found |= {(path.name, function.name, word) for word in words}
    return found


def test_every_place_that_can_end_a_connection_is_known_with_its_reason() -> None:
    new = _ending_places() - set(REASONS)
    assert new == set(), "say in REASONS why no caller who waits can be lost by it, or do not end calls there"


def test_the_list_of_reasons_names_places_that_are_there() -> None:
    gone = {place for place in REASONS if place not in _ending_places()}
    assert gone == set(), "these places are gone: take them off the list"


def test_nobody_in_the_product_orders_a_refusal() -> None:
    """The door knows the word `refuse`; the product never says it."""
    orders = [
        f"{path.name}:{node.lineno}"
        for path in modules()
        if ".refuse(" in path.read_text(encoding="utf-8")  # reading the tree of every file costs three seconds
        for node in ast.walk(tree(path))
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.func.attr == "refuse"
    ]
    assert orders == []
