"""Asking a network again where a caller is: by itself at 5, 15 and 30 s after the answer, then by her key.

What a source can do differs, and the screen says it: a cell comes once in the header of the call; an address of the
network (`Geolocation: <https://...>`, HELD, RFC 6753) can be asked again; a page behind our link keeps telling by
itself; a telephone's own message (AML) cannot be asked for.
"""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import Protocol
from urllib.parse import quote, urlsplit

from siaga.domain.call import Call
from siaga.domain.caller_history import Reach, reach_of
from siaga.domain.caller_location import (
    AskKind,
    LocationAsk,
    LocationSource,
    ask_again,
    ask_id,
    asked,
    next_automatic,
)
from siaga.domain.city import City
from siaga.domain.errors import OutsideFailed, RuleBroken
from siaga.domain.event import LocationAsked, LocationTold
from siaga.domain.location_link import LocationLink
from siaga.domain.location_rules import LocationRules
from siaga.domain.pidf import read_pidf
from siaga.features.locating.labels import ASKED, NO_PLACE, SHARES
from siaga.features.locating.recording import receive_fix
from siaga.records.archive import Archive, Transaction, UpTo

ASKED_AT_ONCE_MAX = 8  # addresses asked in one second's duty; a room has a few callers at a time


class LocationServer(Protocol):
    """Answers where a caller is. The real one is adapters/maps/held.py; its twin stands beside it."""

    async def ask(self, uri: str) -> bytes:
        """The PIDF-LO document at this address. Raises OutsideFailed, in words for the screen."""
        ...


def may_be_asked(uri: str, rules: LocationRules) -> bool:
    """Whether an address from a header is one of an operator the city named."""
    try:
        parts = urlsplit(uri)
        return parts.scheme == "https" and (parts.hostname or "") in rules.reference_hosts
    except ValueError:
        return False


def server_ask(call: Call, city: City) -> LocationAsk | None:
    """The city's own agreement with an operator: its address with this caller's number, if he has one."""
    rules = city.room.locations
    if (
        not rules.server_url
        or reach_of(call.number, city.room.callers) is not Reach.NUMBER
        or not call.has_voice
    ):
        return None
    uri = rules.server_url.replace("{number}", quote(call.number or "", safe=""))
    kind = AskKind.SERVER
    return LocationAsk(id=ask_id(call.id, kind), call=call.id, kind=kind, uri=uri)


async def answered(tx: Transaction, call: Call, now: datetime) -> None:
    """A taker has him now: what can be asked is asked at 5, 15 and 30 s."""
    for ask in await tx.find(LocationAsk, call=call.id):
        if ask.can_be_asked and ask.next_at is None:
            tx.put(replace(ask, next_at=next_automatic(call.answered_at or now, now)))


async def rebid(tx: Transaction, *, call: str, by: str, rules: LocationRules, now: datetime) -> str:
    """Her key. Returns what it did, in words; raises RuleBroken with the reason when no source can be asked."""
    asks = await tx.find(LocationAsk, call=call)
    open_to_questions = [ask for ask in asks if ask.can_be_asked]
    if open_to_questions:
        for ask in open_to_questions:
            tx.put(ask_again(ask, at=now))
        tx.record(LocationAsked(call=call, by=by, at=now))
        return ASKED
    links = await tx.find(LocationLink, call=call)
    if any(link.shares(now, rules) for link in links):
        return SHARES
    if any(ask.kind is AskKind.CELL for ask in asks):
        raise RuleBroken(
            "Lingkaran sel hanya dikirim sekali oleh jaringan. Tekan F8 untuk minta lokasi lewat SMS."
        )
    raise RuleBroken(
        "Tidak ada jaringan yang bisa ditanya untuk panggilan ini. Tekan F8 untuk minta lokasi lewat SMS."
    )


class Asker:
    """The worker's duty: put the questions that are due. One slow network keeps no other waiting."""

    def __init__(self, archive: Archive, server: LocationServer) -> None:
        self._archive = archive
        self._server = server

    async def ask_due(self, now: datetime) -> int:
        """Ask every address whose time has come; returns how many."""
        due: Sequence[LocationAsk] = await self._archive.look(due_asks, now=now)
        await asyncio.gather(*(self._ask(ask, now) for ask in due))
        return len(due)

    async def _ask(self, ask: LocationAsk, now: datetime) -> None:
        trouble, document = "", b""
        try:
            document = await self._server.ask(ask.uri or "")
        except OutsideFailed as failed:
            trouble = str(failed)
        await self._archive.do(
            note_answer, ask=ask.id, document=document.decode("latin-1"), trouble=trouble, now=now
        )


async def due_asks(tx: Transaction, *, now: datetime) -> list[LocationAsk]:
    """Questions to be put now, oldest first."""
    return await tx.find(LocationAsk, next_at=UpTo(now), order=("next_at",), limit=ASKED_AT_ONCE_MAX)


async def note_answer(tx: Transaction, *, ask: str, document: str, trouble: str, now: datetime) -> None:
    """What the network said. A call that is over is asked about no more."""
    known = await tx.get(LocationAsk, ask)
    call = await tx.seek(Call, known.call)
    fix = read_pidf(document.encode("latin-1")) if document else None
    if fix is not None:
        await receive_fix(tx, call=known.call, source=LocationSource.CELL, fix=fix, now=now)
    else:
        trouble = trouble or NO_PLACE
    after = asked(known, answered_at=call.answered_at if call is not None else None, at=now, trouble=trouble)
    if call is None or call.is_over:
        after = replace(after, next_at=None)
    tx.put(after)
    if trouble and trouble != known.trouble:
        tx.record(LocationTold(call=known.call, kind=known.kind, at=now))
