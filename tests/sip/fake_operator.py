"""A fake operator: a registrar and a switch that ask for a password (SIP digest), as RFC 3261, section 22, says."""

from __future__ import annotations

import asyncio
import hashlib
import re
import ssl
from pathlib import Path

from siaga.adapters.phone.drill.sip import Message, message_in
from siaga.adapters.phone.sound.frames import Samples
from tests.sip.desk_phone import FakeDeskPhone

REALM, NONCE = "operator.example", "6f1c2d"
_PART = re.compile(r'(\w+)="?([^",]+)"?')


def _md5(text: str) -> str:
    return hashlib.md5(text.encode(), usedforsecurity=False).hexdigest()


class FakeOperator(FakeDeskPhone):
    """`await operator.open()`; `registered`: contacts that signed in. Calls are answered as a telephone does."""

    def __init__(self, sound: Samples, *, user: str, password: str, manner: str = "answers") -> None:
        super().__init__(sound, manner=manner)
        self._user, self._password = user, password
        self.registered: dict[str, str] = {}
        self.refused = 0

    @property
    def address(self) -> str:
        """What is put into SIAGA_TRUNK."""
        return f"{self.host}:{self.port}"

    async def _answer(self, message: Message, addr: tuple[str, int]) -> None:
        if message.method not in {"REGISTER", "INVITE"}:
            await super()._answer(message, addr)
        elif not self._is_known(message):
            self.refused += bool(self._credentials(message))
            self._ask(message, addr)
        elif message.method == "INVITE":
            await super()._answer(message, addr)
        else:
            contact = message.header("contact")
            expires = re.search(r"expires=(\d+)", contact)
            lasts = int(expires[1]) if expires else int(message.header("expires") or 0)
            who = message.uri_in("to") or ""
            if lasts:
                self.registered[who] = message.uri_in("contact") or ""
            else:
                self.registered.pop(who, None)
            self.reply(message, addr, 200, "OK", more=f"Expires: {lasts}")

    def _ask(self, message: Message, addr: tuple[str, int]) -> None:
        status, reason, name = (
            (401, "Unauthorized", "WWW-Authenticate")
            if message.method == "REGISTER"
            else (407, "Proxy Authentication Required", "Proxy-Authenticate")
        )
        question = f'{name}: Digest realm="{REALM}", nonce="{NONCE}", algorithm=MD5, qop="auth"'
        self.reply(message, addr, status, reason, more=question)

    def _credentials(self, message: Message) -> str:
        return message.header("authorization") or message.header("proxy-authorization")

    def _is_known(self, message: Message) -> bool:
        said = dict(_PART.findall(self._credentials(message)))
        if said.get("username") != self._user or said.get("nonce") != NONCE:
            return False
        secret = _md5(f"{self._user}:{REALM}:{self._password}")
        asked = _md5(f"{message.method}:{said['uri']}")
        middle = f"{NONCE}:{said['nc']}:{said['cnonce']}:auth" if "qop" in said else NONCE
        return said["response"] == _md5(f"{secret}:{middle}:{asked}")


class TlsOperator(FakeOperator):
    """The same, over TLS. It asks for the password too, and shows its certificate."""

    def __init__(self, sound: Samples, *, user: str, password: str) -> None:
        super().__init__(sound, user=user, password=password)
        self._server: asyncio.Server | None = None
        self._writers: dict[tuple[str, int], asyncio.StreamWriter] = {}

    async def open_tls(self, certificate: Path) -> None:
        """Listen on a free port with this certificate and key."""
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(certificate)
        self._server = await asyncio.start_server(self._serve, self.host, 0, ssl=context)
        self.port = self._server.sockets[0].getsockname()[1]
        self.uri = f"sip:operator@{self.host}:{self.port};transport=tls"

    async def close_tls(self) -> None:
        """Hang up on everybody."""
        for writer in self._writers.values():
            writer.close()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        addr = writer.get_extra_info("peername")[:2]
        self._writers[addr] = writer
        try:
            while True:
                head = await reader.readuntil(b"\r\n\r\n")
                length = re.search(rb"content-length:\s*(\d+)", head, re.IGNORECASE)
                body = await reader.readexactly(int(length[1])) if length else b""
                message = message_in(head.lstrip(b"\r\n") + body)
                if message is not None and message.status is None and message.method != "ACK":
                    self.requests.append(message)
                    await self._answer(message, addr)
        except (asyncio.IncompleteReadError, ConnectionError):
            return

    def _send(self, data: bytes, addr: tuple[str, int]) -> None:
        if addr in self._writers and not self._writers[addr].is_closing():
            self._writers[addr].write(data)
