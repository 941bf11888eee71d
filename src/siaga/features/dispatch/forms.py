"""What the forms of agency and board send, and where a browser without scripts goes after them."""

from __future__ import annotations

from typing import Annotated, Any

import msgspec
from litestar import Request
from litestar.enums import RequestEncodingType
from litestar.params import Body

CODE_CHARACTERS_MAX = 80  # ids and codes of ours are shorter; anything longer is not one of them

AnyRequest = Request[Any, Any, Any]
Code = Annotated[str, msgspec.Meta(max_length=CODE_CHARACTERS_MAX)]
Form = Body(media_type=RequestEncodingType.URL_ENCODED)


class Nothing(msgspec.Struct, kw_only=True):
    """A button: which one it was is in its address. ``back``: where a browser without scripts goes next."""

    back: Annotated[str, msgspec.Meta(max_length=200)] = ""


def by_htmx(request: AnyRequest) -> bool:
    """Whether the page itself asked, and wants only the part that changed."""
    return "hx-request" in request.headers


def safe_back(back: str, otherwise: str) -> str:
    """An address on this server, never anywhere else."""
    return back if back.startswith("/") and not back.startswith(("//", "/\\")) else otherwise
