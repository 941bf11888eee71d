"""`GET /static/...`: what the bundler made. Text goes packed to a browser that can unpack it: a phone on a weak network
waits a third of the time. Packed when it was built, so that no request pays for it.

Only these files are packed, never a page: a page carries the form token, and the length of a packed answer tells an
eavesdropper what stands in it.
"""

from __future__ import annotations

import mimetypes
from pathlib import Path
from typing import Any

from litestar import Request, get
from litestar.datastructures import CacheControlHeader
from litestar.exceptions import NotFoundException
from litestar.handlers import HTTPRouteHandler
from litestar.response import Response

STATIC_SECONDS = 31_536_000  # a year: the bundler names files after their content
PACKED = ".gz"
TYPES = {".js": "text/javascript", ".css": "text/css", ".woff2": "font/woff2", ".map": "application/json"}


def static_files(folder: Path) -> HTTPRouteHandler:
    """The handler of /static for this folder. What lies outside it does not exist."""
    folder = folder.resolve()

    @get(
        "/static/{name:path}",
        cache_control=CacheControlHeader(public=True, max_age=STATIC_SECONDS, immutable=True),
        include_in_schema=False,
        sync_to_thread=False,
    )
    def static_file(request: Request[Any, Any, Any]) -> Response[bytes]:
        name = Path(request.path_params["name"])
        file = folder.joinpath(*name.parts[1:]).resolve()
        if not file.is_relative_to(folder) or not file.is_file() or file.suffix == PACKED:
            raise NotFoundException
        headers = {"vary": "accept-encoding"}
        packed = file.with_name(file.name + PACKED)
        if "gzip" in request.headers.get("accept-encoding", "") and packed.is_file():
            headers["content-encoding"] = "gzip"
            file = packed
        return Response(file.read_bytes(), media_type=_type_of(name), headers=headers)

    return static_file


def _type_of(name: Path) -> str:
    return TYPES.get(name.suffix) or mimetypes.guess_type(name.name)[0] or "application/octet-stream"
