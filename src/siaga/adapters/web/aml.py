"""`POST /api/aml`: telephones that dialled 112 say where they are (ETSI TS 103 625), through the networks' endpoint.

Three bodies are understood: the form of the HTTPS variant; the text of the SMS variant (``text/plain``, with the sender
in ``?number=``); and what a text gateway makes of such a text, ``{"number", "text"}``. A token of scope ``location``.

Whoever is let in is answered 2xx whatever he sent, as the standard wants: 202 when the fix is kept (``matched`` says
whether its call is known), 204 when there was none in it. A telephone that does not know where it is has no fix.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

import msgspec
from litestar import Request, Response, post

from siaga.adapters.web.asking import asking
from siaga.adapters.web.tokens import NotSignedIn, Tokens
from siaga.domain.aml import MESSAGE_CHARACTERS_MAX, AmlMessage, read_form, read_text
from siaga.domain.city import City
from siaga.features.locating.recording import aml_received
from siaga.records.archive import Archive
from siaga.records.postgres import PostgresArchive

BODY_BYTES_MAX = 16 * 1024  # the longest form has some forty short fields
FIELDS_MAX = 100
SCOPE = "location"


class GatewayText(msgspec.Struct):
    """A text as a gateway passes it on."""

    number: str = ""
    text: str = ""


class Taken(msgspec.Struct):
    """The fix is kept. ``matched``: the call it belongs to is known already."""

    matched: bool


@post("/api/aml", status_code=202, tags=["location"])
async def take_location(
    request: Request[Any, Any, Any],
    archive: PostgresArchive,
    city: City,
    tokens: Tokens,
    now: datetime,
    demo: bool,
) -> Response[Taken | None]:
    """A telephone says where it is."""
    authorization = asking(request).headers.get(b"authorization", b"").decode("latin-1")
    if not authorization.startswith("Bearer "):
        raise NotSignedIn("Perlu token dengan lingkup location.")
    await tokens.of_header(authorization, SCOPE, now)
    body = (await request.body())[: BODY_BYTES_MAX + 1]
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    message, number = understood(body, kind, request.query_params.get("number", ""))
    if message is None or message.fix is None or not number:
        return Response(None, status_code=204)
    call = await keep(archive, city, message, number, now=now, demo=demo)
    return Response(Taken(matched=call is not None), status_code=202)


async def keep(
    archive: Archive, city: City, message: AmlMessage, number: str, *, now: datetime, demo: bool
) -> str | None:
    """Keep the fix of a message; returns its call if that is known. Nothing is kept when there is none in it."""
    if message.fix is None:
        return None
    return await archive.do(
        aml_received, number=number, fix=message.fix, rules=city.room.locations, now=now, demo=demo
    )


def understood(body: bytes, kind: str, number: str) -> tuple[AmlMessage | None, str]:
    """The message in a body, and whose it is. Total: whatever cannot be read is no message."""
    if len(body) > BODY_BYTES_MAX:
        return None, ""
    if kind == "application/json":
        try:
            given = msgspec.json.decode(body, type=GatewayText)
        except (msgspec.MsgspecError, UnicodeDecodeError):
            return None, ""
        return read_text(given.text[:MESSAGE_CHARACTERS_MAX]), _number(given.number)
    text = body.decode("utf-8", "replace")
    if kind == "application/x-www-form-urlencoded":
        try:
            form = dict(parse_qsl(text, keep_blank_values=True, max_num_fields=FIELDS_MAX))
        except ValueError:
            return None, ""
        message = read_form(form)
        return message, message.number or _number(number)
    return read_text(text), _number(number)


def _number(text: str) -> str:
    """A telephone number, or nothing. In an address a plus may have become a space."""
    plain = text.strip().replace(" ", "").replace("-", "")
    digits = plain.removeprefix("+")
    return plain if digits.isascii() and digits.isdigit() and 3 <= len(digits) <= 16 else ""


PAGES: list[Any] = [take_location]
