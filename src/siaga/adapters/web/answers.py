"""Small answers given before the framework is entered."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import msgspec

# ASGI as Litestar and uvicorn type it differs in detail; at this border a message is a dict.
Scope = Any
Receive = Any
Send = Any

JSON = b"application/json"
_encoder = msgspec.json.Encoder()


class BodyTooLarge(Exception):
    """The body is longer than this path accepts."""


class ClientLeft(Exception):
    """The client hung up before its request was complete."""


async def answer(
    send: Send,
    status: int,
    body: bytes,
    content_type: bytes = JSON,
    headers: Sequence[tuple[bytes, bytes]] = (),
) -> None:
    """Send a complete answer."""
    await send(
        {
            "type": "http.response.start",
            "status": status,
            "headers": [
                (b"content-type", content_type),
                (b"content-length", str(len(body)).encode()),
                *headers,
            ],
        }
    )
    await send({"type": "http.response.body", "body": body})


def as_json(value: object) -> bytes:
    """JSON, compact."""
    return _encoder.encode(value)


async def read_body(receive: Receive, bytes_max: int, message: dict[str, Any] | None = None) -> bytes:
    """The whole body. Raises BodyTooLarge as soon as it is, ClientLeft when the client goes away.

    ``message``: its first part, when that has been received already.
    """
    message = message or await receive()
    if message["type"] != "http.request":
        raise ClientLeft
    body: bytes = message.get("body", b"")
    if not message.get("more_body"):
        if len(body) > bytes_max:
            raise BodyTooLarge
        return body
    parts, size = [body], len(body)
    while message.get("more_body"):
        if size > bytes_max:
            raise BodyTooLarge
        message = await receive()
        if message["type"] != "http.request":
            raise ClientLeft
        parts.append(message.get("body", b""))
        size += len(parts[-1])
    if size > bytes_max:
        raise BodyTooLarge
    return b"".join(parts)


def replayed(body: bytes, receive: Receive) -> Receive:
    """A receive that gives the body we have already read, then goes on as before."""
    given = False

    async def again() -> dict[str, Any]:
        nonlocal given
        if not given:
            given = True
            return {"type": "http.request", "body": body, "more_body": False}
        message: dict[str, Any] = await receive()
        return message

    return again
