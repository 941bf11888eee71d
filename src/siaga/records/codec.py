"""Events to journal text and back: stable names, versions, upgrades.

An entry is one line of JSON: ``{"at": ..., "city": ..., "name": ..., "data": {...}}``. The hash chain is
over exactly these bytes, so a copy kept elsewhere can be verified without this program.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import msgspec

from siaga.domain.event import EVENTS, Event

BY_NAME: dict[str, type[Event]] = {event.name: event for event in EVENTS}

# An old version's data -> (name, data) of the next version. Filled the day the first meaning changes.
UPGRADES: dict[str, Callable[[dict[str, Any]], tuple[str, dict[str, Any]]]] = {}


class UnknownEvent(Exception):
    """The journal has a name this program does not know: it is older than the data."""


_encoder = msgspec.json.Encoder()


def encode_entry(city: str, event: Event) -> str:
    """The line the journal keeps, in a fixed key order."""
    data = _encoder.encode(event)
    return f'{{"name":"{event.name}","city":"{city}","data":{data.decode()}}}'


class _Line(msgspec.Struct):
    name: str
    city: str
    data: msgspec.Raw


_line_decoder = msgspec.json.Decoder(_Line)


def decode_entry(line: str) -> Event:
    """The event a line means, upgraded to its newest version."""
    parsed = _line_decoder.decode(line)
    name = parsed.name
    if name in UPGRADES:
        data = msgspec.json.decode(parsed.data)
        while name in UPGRADES:
            name, data = UPGRADES[name](data)
        return msgspec.convert(data, _class_of(name))
    return msgspec.json.decode(parsed.data, type=_class_of(name))


def _class_of(name: str) -> type[Event]:
    try:
        return BY_NAME[name]
    except KeyError:
        raise UnknownEvent(f"the journal holds {name!r}, which this version does not know") from None
