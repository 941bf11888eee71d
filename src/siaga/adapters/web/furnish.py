"""Gives a page what it asks for by name: the archive, the city, its viewer, now, words ...

Litestar can do this too, but it resolves such arguments in a task group and validates each of them for each request,
which doubles what a page costs (docs/decisions/0007). A page asks in the same way and does not notice.

A handler marked `opt={"direct": True}` (one fixed path, JSON in, an ASGI answer out) is moreover reached without
Litestar: the same function, described in OpenAPI by Litestar, costs a third less.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping, Sequence
from types import SimpleNamespace
from typing import Any, get_type_hints

import msgspec
from litestar import Request
from litestar.exceptions import ValidationException

from siaga.adapters.web.answers import Receive, Scope, Send, read_body

DIRECT_BODY_BYTES_MAX = 256 * 1024  # a report with twenty notes of a page each

OfRequest = Callable[[Request[Any, Any, Any]], Any]
Path = Callable[[Scope, Receive, Send], Any]


def furnished(page: Any, of_request: Mapping[str, OfRequest]) -> Any:
    """A copy of a Litestar handler whose named arguments are filled from the request."""
    inner = page.fn
    signature = inspect.signature(inner)
    asked = tuple((name, of_request[name]) for name in signature.parameters if name in of_request)
    if not asked:
        return page
    wants_request = "request" in signature.parameters
    if inspect.iscoroutinefunction(inner):

        async def outer(request: Any, **parsed: Any) -> Any:
            given = {name: value(request) for name, value in asked}
            if wants_request:
                given["request"] = request
            return await inner(**parsed, **given)

    else:

        def outer(request: Any, **parsed: Any) -> Any:  # type: ignore[misc]
            given = {name: value(request) for name, value in asked}
            if wants_request:
                given["request"] = request
            return inner(**parsed, **given)

    _dress(outer, inner, signature, set(of_request))
    made = copy.copy(page)
    made._fn = outer
    return made


def _dress(outer: Any, inner: Any, signature: inspect.Signature, filled: set[str]) -> None:
    """Make ``outer`` look like ``inner`` without the arguments that are filled already."""
    request = inspect.Parameter("request", inspect.Parameter.KEYWORD_ONLY, annotation=Request[Any, Any, Any])
    left = [
        parameter.replace(kind=inspect.Parameter.KEYWORD_ONLY)
        for name, parameter in signature.parameters.items()
        if name not in filled and name != "request"
    ]
    outer.__signature__ = signature.replace(parameters=[request, *left])
    outer.__annotations__ = {
        **{name: kind for name, kind in inner.__annotations__.items() if name not in filled},
        "request": Request[Any, Any, Any],
    }
    outer.__name__, outer.__doc__, outer.__module__ = inner.__name__, inner.__doc__, inner.__module__


def direct_paths(pages: Sequence[Any], of_request: Mapping[str, OfRequest]) -> dict[tuple[str, str], Path]:
    """The handlers marked as direct, by method and path."""
    return {
        (method, path): _direct(page, of_request)
        for page in pages
        if page.opt.get("direct")
        for path in page.paths
        for method in page.http_methods
    }


def _direct(page: Any, of_request: Mapping[str, OfRequest]) -> Path:
    inner = page.fn
    names = inspect.signature(inner).parameters
    asked = tuple((name, of_request[name]) for name in names if name in of_request)
    decode = msgspec.json.Decoder(get_type_hints(inner, include_extras=True)["data"]).decode

    async def path(scope: Scope, receive: Receive, send: Send) -> None:
        """Raises what the handler raises, and ValidationException."""
        scope["path_template"] = scope["path"]
        data = _decoded(decode, await read_body(receive, DIRECT_BODY_BYTES_MAX))
        request: Any = SimpleNamespace(scope=scope)
        given = {name: value(request) for name, value in asked}
        answering = await inner(request=request, data=data, **given)
        await answering(scope, receive, send)

    return path


def _decoded(decode: Callable[[bytes], Any], body: bytes) -> Any:
    try:
        return decode(body)
    except msgspec.ValidationError as wrong:
        message, _, where = str(wrong).partition(" - at `$.")
        raise ValidationException(extra=[{"key": where.rstrip("`"), "message": message}]) from None
    except (msgspec.DecodeError, UnicodeDecodeError) as broken:
        raise ValidationException(extra=[{"key": "", "message": str(broken)}]) from None
