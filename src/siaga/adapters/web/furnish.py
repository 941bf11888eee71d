"""Gives a page what it asks for by name: the archive, the city, its viewer, now, words ...

Litestar can do this too, but it resolves such arguments in a task group and validates each of them for each request,
which doubles what a page costs (docs/decisions/0007). A page asks in the same way and does not notice.
"""

from __future__ import annotations

import copy
import inspect
from collections.abc import Callable, Mapping
from typing import Any

from litestar import Request

OfRequest = Callable[[Request[Any, Any, Any]], Any]


def furnished(page: Any, constant: Mapping[str, Any], of_request: Mapping[str, OfRequest]) -> Any:
    """A copy of a Litestar handler whose named arguments are filled from the two mappings."""
    inner = page.fn
    signature = inspect.signature(inner)
    fixed = {name: constant[name] for name in signature.parameters if name in constant}
    asked = tuple((name, of_request[name]) for name in signature.parameters if name in of_request)
    if not fixed and not asked:
        return page
    wants_request = "request" in signature.parameters
    if inspect.iscoroutinefunction(inner):

        async def outer(request: Any, **parsed: Any) -> Any:
            given = {name: value(request) for name, value in asked}
            if wants_request:
                given["request"] = request
            return await inner(**parsed, **fixed, **given)

    else:

        def outer(request: Any, **parsed: Any) -> Any:  # type: ignore[misc]
            given = {name: value(request) for name, value in asked}
            if wants_request:
                given["request"] = request
            return inner(**parsed, **fixed, **given)

    _dress(outer, inner, signature, {*fixed, *of_request})
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
