"""The link a caller gets by SMS: signed, short, for one call, for minutes.

The address is read in an SMS and perhaps typed by hand, so it is short: ten letters name the link, ten sign it.
"""

from __future__ import annotations

import hmac
import secrets
from dataclasses import dataclass
from datetime import datetime

from siaga.domain.call import Call
from siaga.domain.caller_location import Fix, LocationSource
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, RuleBroken
from siaga.domain.location_link import LocationLink, new_link, why_no_link
from siaga.domain.location_rules import LocationRules
from siaga.domain.message import Message
from siaga.features.locating.recording import receive_fix
from siaga.records.archive import Transaction
from siaga.secret import signature

PURPOSE = "caller-location"
SMS = "sms"  # the channel's name in a message row; the sender knows the gateway
LETTERS = "abcdefghjkmnpqrstuvwxyz23456789"  # nothing that looks like another letter on a small screen
NAME_LETTERS = 10  # 31 to the tenth: with the signature there is nothing to guess
SIGNATURE_LETTERS = 10  # 40 bits, and a link lives half an hour
FOLDER = "/l/"


@dataclass(frozen=True, kw_only=True)
class SmsWay:
    """How this installation can write to a caller. ``gateway``: whether a text gateway is set up."""

    secret: bytes
    public_url: str
    gateway: bool


def address_of(link: str, way: SmsWay) -> str:
    """The whole address of a link."""
    return f"{way.public_url}{FOLDER}{link}{_signed(way.secret, link)}"


def link_in(secret: bytes, word: str) -> str:
    """The link's name in the last part of its address. Raises NotAllowed for anything we did not write."""
    name, given = word[:NAME_LETTERS], word[NAME_LETTERS:]
    if len(given) != SIGNATURE_LETTERS or not hmac.compare_digest(
        given.encode(), _signed(secret, name).encode()
    ):
        raise NotAllowed("Tautan ini tidak sah. Telepon 112.")
    return name


async def send_link(tx: Transaction, *, call: str, by: str, city: City, way: SmsWay, now: datetime) -> str:
    """F8: the caller is sent a link. Refuses with the reason that the button shows. Returns the link's name."""
    caller = await tx.get(Call, call)
    rules = city.room.locations
    links = await tx.find(LocationLink, call=call)
    reason = why_no_link(
        caller, links, rules=rules, callers=city.room.callers, gateway=way.gateway, public_url=way.public_url,
        now=now,
    )  # fmt: skip
    if reason:
        raise RuleBroken(reason)
    name = "".join(secrets.choice(LETTERS) for _ in range(NAME_LETTERS))
    link = new_link(id=name, call=caller, by=by, at=now, rules=rules)
    tx.put(link)
    tx.record(link.fact())
    tx.put(
        Message(
            id=f"lokasi:{link.id}", channel=SMS, to=caller.number or "",
            text=f"{rules.link_text} {address_of(link.id, way)}", created_at=now, next_at=now, demo=caller.demo,
        )
    )  # fmt: skip
    return name


async def open_link(tx: Transaction, *, link: str, now: datetime) -> LocationLink:
    """Its page is asked for."""
    known, event = (await tx.get(LocationLink, link)).opened(at=now)
    if event is not None:
        tx.put(known)
        tx.record(event)
    return known


async def tell_link(tx: Transaction, *, link: str, fix: Fix, rules: LocationRules, now: datetime) -> None:
    """The page says where the telephone is."""
    known = (await tx.get(LocationLink, link)).told(at=now, rules=rules)
    tx.put(known)
    await receive_fix(tx, call=known.call, source=LocationSource.SMS_LINK, fix=fix, now=now)


async def stop_link(tx: Transaction, *, link: str, now: datetime) -> None:
    """He presses the button again: no more."""
    known = await tx.get(LocationLink, link)
    if known.ended_at is None:
        tx.keep(known.ended(at=now))


def _signed(secret: bytes, name: str) -> str:
    return signature(secret, PURPOSE, name)[:SIGNATURE_LETTERS]
