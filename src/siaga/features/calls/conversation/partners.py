"""Whom the room can bring into a conversation: agencies, interpreters, and any number a taker types."""

from __future__ import annotations

import re
from dataclasses import dataclass

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken

NUMBER = re.compile(r"\+?[0-9*#]{2,20}", re.ASCII)  # E.164 has 15 digits; service codes have * and #
SIP_ADDRESS = re.compile(r"sips?:[\w.+*-]+@[\w.-]+(:\d{1,5})?(;transport=(udp|tcp|tls))?", re.ASCII)
SEPARATORS = re.compile(r"[-.()\s]")  # what people write between digits
ADDRESS_CHARACTERS_MAX = 200


@dataclass(frozen=True, kw_only=True)
class Partner:
    """Somebody we can call. ``address``: a number or a sip: address; ``key``: how a screen names him."""

    key: str
    address: str
    label: str
    agency: str | None = None


def known_partners(city: City, language: str = "id") -> list[Partner]:
    """The agencies with a duty telephone, then the interpreters, in the city's order."""
    agencies = [
        Partner(key=f"agency:{one.code}", address=one.phone, label=one.short, agency=one.code)
        for one in city.agencies
        if one.active and one.phone
    ]
    interpreters = [
        Partner(
            key=f"interpreter:{one.code}",
            address=one.phone,
            label=one.name_en if language == "en" else one.name,
        )
        for one in city.room.interpreters
    ]
    return agencies + interpreters


def partner_of(city: City, key: str) -> Partner:
    """The partner a screen names: ``agency:<code>``, ``interpreter:<code>`` or ``number:<what was typed>``.

    Raises RuleBroken for somebody the city does not list and for what is no number.
    """
    kind, _, rest = key.partition(":")
    if kind == "number":
        return Partner(key=key, address=checked_address(rest), label=checked_address(rest))
    for partner in known_partners(city):
        if partner.key == key:
            return partner
    raise RuleBroken("Nomor tujuan ini tidak ada di daftar kota.")


def checked_address(typed: str) -> str:
    """A number or a sip: address as it can be dialled. Raises RuleBroken."""
    text = typed.strip()
    if len(text) <= ADDRESS_CHARACTERS_MAX and SIP_ADDRESS.fullmatch(text):
        return text
    number = SEPARATORS.sub("", text)
    if not NUMBER.fullmatch(number):
        raise RuleBroken("Ini bukan nomor telepon. Tulis angka saja, misalnya 02311234567.")
    return number
