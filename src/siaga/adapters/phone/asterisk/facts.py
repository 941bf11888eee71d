"""What the exchange says over its line of events, made into few and well-typed facts.

Everything here came over a network: names are bounded and cleaned, and what has not the shape we know is no fact.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

from siaga.adapters.phone.engine import KEYS
from siaga.adapters.phone.sip.dialling import SEPARATORS
from siaga.adapters.phone.sip.identity import NAME_CHARACTERS_MAX, NUMBER_CHARACTERS_MAX, WITHHELD

ID_CHARACTERS_MAX = 149  # Asterisk's own limit for the id of a channel


class NoFact(ValueError):
    """A message we cannot read. The text never repeats it: it may hold a caller's number."""


@dataclass(frozen=True, slots=True)
class Channel:
    """One end as the exchange knows it. ``state``: Ring (it calls), Ringing (it is called), Up (it talks) ...

    ``app``: the application its dialplan has handed it to, if it has.
    """

    id: str
    name: str
    state: str
    number: str | None
    display_name: str | None
    dialled: str
    app: str = ""


@dataclass(frozen=True, slots=True)
class Entered:
    """The channel is ours now: somebody calls, or one we made has been answered."""

    channel: Channel


@dataclass(frozen=True, slots=True)
class Rings:
    """A telephone we dialled is being rung."""

    channel: str


@dataclass(frozen=True, slots=True)
class KeyPressed:
    """A telephone key."""

    channel: str
    key: str


@dataclass(frozen=True, slots=True)
class HangupAsked:
    """It is about to end; ``cause`` after ITU-T Q.850, when the exchange knows it."""

    channel: str
    cause: int | None


@dataclass(frozen=True, slots=True)
class Left:
    """It is ours no more, hung up or taken elsewhere; its end follows as a rule."""

    channel: str


@dataclass(frozen=True, slots=True)
class Destroyed:
    """It is gone; ``cause`` after ITU-T Q.850."""

    channel: str
    cause: int | None


@dataclass(frozen=True, slots=True)
class Replaced:
    """Another program has taken our place as the application."""


Fact: TypeAlias = Entered | Rings | KeyPressed | HangupAsked | Left | Destroyed | Replaced


def fact_of(message: str | bytes, app: str) -> Fact | None:
    """The fact in a message for this application; ``None`` when it does not concern us. Raises NoFact."""
    try:
        said = json.loads(message)
    except (ValueError, RecursionError):
        raise NoFact("a message of the exchange is not JSON") from None
    if not isinstance(said, dict) or not isinstance(said.get("type"), str):
        raise NoFact("a message of the exchange has no type")
    read = _READERS.get(said["type"])
    if read is None or said.get("application", app) != app:
        return None
    try:
        return read(said)
    except (KeyError, TypeError, AttributeError):
        kind = said["type"]
        raise NoFact(f"a {kind} of the exchange lacks what it must have") from None


def channel_of(said: Mapping[str, Any]) -> Channel:
    """A channel as ARI describes it. Raises KeyError, TypeError or AttributeError when it does not."""
    caller = said.get("caller") or {}
    dialplan = said.get("dialplan") or {}
    return Channel(
        id=_id(said),
        name=_text(said, "name"),
        state=_text(said, "state"),
        number=_number(caller.get("number")),
        display_name=_name(caller.get("name")),
        dialled=_number(dialplan.get("exten")) or "",
        app=str(dialplan.get("app_data")).split(",")[0] if dialplan.get("app_name") == "Stasis" else "",
    )


def _entered(said: Mapping[str, Any]) -> Fact:
    return Entered(channel_of(said["channel"]))


def _state_changed(said: Mapping[str, Any]) -> Fact | None:
    channel = said["channel"]
    return Rings(_id(channel)) if channel.get("state") == "Ringing" else None


def _key(said: Mapping[str, Any]) -> Fact | None:
    key = str(said["digit"])
    return KeyPressed(_id(said["channel"]), key) if key in KEYS else None


def _hangup_asked(said: Mapping[str, Any]) -> Fact:
    return HangupAsked(_id(said["channel"]), _cause(said))


def _left(said: Mapping[str, Any]) -> Fact:
    return Left(_id(said["channel"]))


def _destroyed(said: Mapping[str, Any]) -> Fact:
    return Destroyed(_id(said["channel"]), _cause(said))


_READERS: Mapping[str, Callable[[Mapping[str, Any]], Fact | None]] = {
    "StasisStart": _entered,
    "ChannelStateChange": _state_changed,
    "ChannelDtmfReceived": _key,
    "ChannelHangupRequest": _hangup_asked,
    "StasisEnd": _left,
    "ChannelDestroyed": _destroyed,
    "ApplicationReplaced": lambda _: Replaced(),
}


def _text(said: Mapping[str, Any], name: str) -> str:
    value = said[name]
    if not isinstance(value, str):
        raise TypeError(name)
    return value


def _id(channel: Mapping[str, Any]) -> str:
    value = _text(channel, "id")
    if not value or len(value) > ID_CHARACTERS_MAX or not value.isprintable():
        raise TypeError("id")
    return value


def _cause(said: Mapping[str, Any]) -> int | None:
    cause = said.get("cause")
    return cause if isinstance(cause, int) and cause > 0 else None


def _clean(value: object) -> str:
    text = "".join(char for char in value if char.isprintable()).strip() if isinstance(value, str) else ""
    return "" if text.lower() in WITHHELD else text


def _number(value: object) -> str | None:
    text = _clean(value)
    if re.fullmatch(r"[+\d\-.()\s]+", text):
        text = SEPARATORS.sub("", text)
    return text[:NUMBER_CHARACTERS_MAX] or None


def _name(value: object) -> str | None:
    return _clean(value)[:NAME_CHARACTERS_MAX] or None


_BUSY = frozenset({17})
_NOBODY = frozenset({18, 19, 20, 102})  # no response, no answer, absent, timer expired
_NETWORK = frozenset(
    {27, 31, 34, 38, 41, 42, 43, 47, 127}
)  # out of order, congestion, failures of the network
VOICE_STOPPED = 44  # what Asterisk's own watch over a silent line (rtp_timeout) ends a call with


def word_for(cause: int | None, *, outbound: bool, answered: bool) -> str:
    """Why an end left, as one of engine.LEFT_CAUSES, from its ITU-T Q.850 cause."""
    if answered:
        if cause == VOICE_STOPPED:
            return "voice_stopped"
        return "network" if cause in _NETWORK else "hung_up"
    if not outbound:
        return "cancelled"
    if cause in _BUSY:
        return "busy"
    if cause in _NOBODY:
        return "no_answer"
    return "network" if cause is None or cause in _NETWORK or cause == VOICE_STOPPED else "refused"
