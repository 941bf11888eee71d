"""Channels out of the room: one small Protocol, the real one (Apprise: Telegram, e-mail, WhatsApp gateways,
webhooks, ...), and the honest twin for demos, drills and tests."""

from __future__ import annotations

import asyncio
from typing import Protocol
from urllib.parse import quote

import apprise

from siaga.domain.errors import OutsideFailed, RuleBroken

SEND_SECONDS_MAX = 15.0  # an agency's ladder climbs on after 60 s: a channel slower than this has failed

# Addresses that reach people or machines outside. Apprise can also ring desktops and write local files;
# a line in a settings page must not be able to do that on this server.
SCHEMES = frozenset({
    "tgram", "whatsapp", "signal", "signals", "ntfy", "ntfys", "gotify", "gotifys", "matrix", "matrixs", "xmpp",
    "xmpps",
    "mailto", "mailtos", "twilio", "vonage", "sns", "slack", "discord", "mqtt", "mqtts",
    "json", "jsons", "form", "forms", "xml", "xmls",
})  # fmt: skip


class Channel(Protocol):
    """Delivers one text to one address."""

    async def send(self, *, key: str, to: str, title: str, text: str) -> None:
        """Deliver once per key where the far side can tell; raises OutsideFailed if it is not taken."""
        ...


class AppriseChannel:
    """Everything Apprise can reach. Its calls block, so each runs in a thread of its own."""

    async def send(self, *, key: str, to: str, title: str, text: str) -> None:
        """See ``Channel.send``."""
        try:
            async with asyncio.timeout(SEND_SECONDS_MAX):
                taken = await asyncio.to_thread(_notify, to, title, text)
        except TimeoutError:
            raise OutsideFailed("tidak menjawab dalam 15 detik") from None
        if not taken:
            raise OutsideFailed("ditolak oleh saluran")


def _notify(to: str, title: str, text: str) -> bool:
    carrier = apprise.Apprise()
    if not carrier.add(to):
        return False
    return bool(carrier.notify(title=title, body=text))


class TextGateway:
    """Texts to telephones, through one gateway address of the installation with ``{number}`` in it."""

    def __init__(self, carrier: Channel, address: str) -> None:
        self._carrier = carrier
        self._address = address

    async def send(self, *, key: str, to: str, title: str, text: str) -> None:
        """See ``Channel.send``; ``to`` is a telephone number."""
        address = self._address.replace("{number}", quote(to, safe=""))
        await self._carrier.send(key=key, to=address, title=title, text=text)


class RecordedMessages:
    """The honest twin: same promises, no network. Fails when told to, and takes each key once."""

    def __init__(self, broken: bool = False) -> None:
        self.broken = broken
        self.sent: dict[str, tuple[str, str, str]] = {}

    async def send(self, *, key: str, to: str, title: str, text: str) -> None:
        """See ``Channel.send``."""
        if self.broken:
            raise OutsideFailed("tidak ada sinyal")
        self.sent.setdefault(key, (to, title, text))


def check_address(address: str) -> str:
    """The address if it can be used; refuses in words what cannot."""
    scheme = address.partition("://")[0].lower()
    if scheme not in SCHEMES:
        raise RuleBroken(
            "Alamat saluran ini tidak dikenal. Contoh: tgram://token/nomor-chat atau mailto://akun:sandi@server."
        )
    if apprise.Apprise.instantiate(address) is None:
        raise RuleBroken("Alamat saluran ini belum lengkap. Periksa lagi penulisannya.")
    return address
