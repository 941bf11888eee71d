"""What every answer tells the browser to refuse, and which requests we refuse ourselves.

A request that changes something must prove that our own page sent it: the session's token (header
`x-csrftoken`, or the form field `_csrf_token`, of a form with a file the first field), and no sign of another site in
what the browser says of its origin.
"""

from __future__ import annotations

import hmac
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from siaga.domain.errors import NotAllowed

SAFE_METHODS = frozenset({"GET", "HEAD", "OPTIONS"})
TOKEN_HEADER = b"x-csrftoken"
TOKEN_FIELD = "_csrf_token"  # noqa: S105  a field's name
FORM = b"application/x-www-form-urlencoded"
FORM_BYTES_MAX = 64 * 1024  # the longest form without a script is a note of 4,000 letters
FILE_FORM = b"multipart/form-data"
FILE_FORM_BYTES_MAX = 3 * 1024 * 1024  # a spreadsheet of five thousand rows, or the same rows as text
_FIRST_FIELD = re.compile(
    rb'--[^\r\n]{1,70}\r\nContent-Disposition: form-data; name="_csrf_token"\r\n\r\n([^\r\n]{1,200})\r\n--',
    re.IGNORECASE,
)

Headers = Mapping[bytes, bytes]

FIXED_HEADERS: tuple[tuple[bytes, bytes], ...] = (
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"x-frame-options", b"DENY"),
    (b"permissions-policy", b"microphone=(self), geolocation=(self), camera=(), payment=(), usb=()"),
)
POLICY = (
    "default-src 'none'; script-src 'self' 'nonce-{nonce}'; style-src 'self' 'nonce-{nonce}'; "
    "img-src 'self' data:; font-src 'self'; connect-src 'self'; worker-src 'self'; media-src 'self' blob:; "
    "manifest-src 'self'; form-action 'self'; base-uri 'none'; object-src 'none'; frame-ancestors 'none'"
)
# media-src blob: the voice of a call arrives as a MediaStream and its test recording as a blob.


class ForeignRequest(NotAllowed):
    """The request changes something but does not come from our own page."""

    def __init__(self) -> None:
        super().__init__(
            "Permintaan ini tidak datang dari layar Anda sendiri. Muat ulang halaman, lalu coba lagi."
        )


def headers_for(nonce: str) -> list[tuple[bytes, bytes]]:
    """The security headers of one answer."""
    return [*FIXED_HEADERS, (b"content-security-policy", POLICY.format(nonce=nonce).encode())]


def check_origin(headers: Headers) -> None:
    """Refuse what a browser itself marks as coming from another site.

    Programs that are not browsers send neither header; they have no cookie of ours to be misused.
    """
    fetch_site = headers.get(b"sec-fetch-site")
    if fetch_site is not None:
        if fetch_site not in (b"same-origin", b"none"):
            raise ForeignRequest
        return
    origin = headers.get(b"origin")
    if origin is not None and urlsplit(origin.decode("latin-1")).netloc != headers.get(b"host", b"").decode(
        "latin-1"
    ):
        raise ForeignRequest


def check_token(headers: Headers, body: bytes | None, expected: str) -> None:
    """Refuse a request without the session's own token. ``body``: the form, when there was no header."""
    given = headers.get(TOKEN_HEADER, b"").decode("latin-1")
    if not given and body is not None:
        given = _token_in(headers, body)
    if not hmac.compare_digest(given.encode(), expected.encode()):
        raise ForeignRequest


def form_bytes_max(headers: Headers) -> int | None:
    """How long the form may be in which the token must be looked for; None when it is not looked for in the body."""
    if TOKEN_HEADER in headers:
        return None
    kind = headers.get(b"content-type", b"")
    if kind.startswith(FORM):
        return FORM_BYTES_MAX
    return FILE_FORM_BYTES_MAX if kind.startswith(FILE_FORM) else None


def _token_in(headers: Headers, body: bytes) -> str:
    if headers.get(b"content-type", b"").startswith(FILE_FORM):
        found = _FIRST_FIELD.match(body)
        return found[1].decode("latin-1") if found is not None else ""
    return parse_qs(body.decode("latin-1"), max_num_fields=1000).get(TOKEN_FIELD, [""])[0]
