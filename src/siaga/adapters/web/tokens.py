"""Keys of machines: bearer tokens from the token table, and device keys signed with the installation's secret.

A device key needs no table and no look-up, so that a city's worth of panic buttons costs nothing to check:
`Authorization: Device <device>:<key>`. A bearer token can be revoked: `Authorization: Bearer <token>`.
"""

from __future__ import annotations

import hmac
import secrets
from collections import OrderedDict
from dataclasses import dataclass
from datetime import datetime
from hashlib import blake2b

from siaga.adapters.web.sessions import hashed
from siaga.domain.desk import Token
from siaga.domain.errors import NotAllowed
from siaga.features.people.queries import valid_token
from siaga.records.postgres import PostgresArchive

TOKEN_BYTES = 32
TOKEN_PREFIX = "siaga_"  # noqa: S105  lets a secret scanner recognise one that was committed by mistake
CACHE_SECONDS = 10.0  # a revoked token works at most this long in another process
CACHED_MAX = 1000
DEVICE_CHARACTERS_MAX = 64
DEVICE_KEY_BYTES = 16  # 128 bits: guessing is hopeless, the header stays short


class NotSignedIn(NotAllowed):
    """Nobody is known to be asking."""

    status = 401

    def __init__(self, message: str = "") -> None:
        super().__init__(message if message else "Masuk dulu.")


@dataclass(frozen=True, slots=True)
class _Known:
    token: Token | None
    checked_at: datetime


class Tokens:
    """Bearer tokens of this city, remembered for a moment."""

    def __init__(self, archive: PostgresArchive) -> None:
        self._archive = archive
        self._cache: OrderedDict[str, _Known] = OrderedDict()

    async def of_header(self, authorization: str, scope: str, now: datetime) -> Token:
        """The token of an Authorization header. Raises NotSignedIn, NotAllowed (another scope), DatabaseAway."""
        id = hashed(authorization.removeprefix("Bearer ").strip())
        known = self._cache.get(id)
        if known is None or (now - known.checked_at).total_seconds() > CACHE_SECONDS:
            known = _Known(await valid_token(self._archive, id), now)
            self._cache[id] = known
            while len(self._cache) > CACHED_MAX:
                self._cache.popitem(last=False)
        if known.token is None:
            raise NotSignedIn("Token tidak dikenal atau sudah dicabut.")
        if known.token.scope != scope:
            raise NotAllowed("Token ini bukan untuk permintaan ini.")
        return known.token

    def forget_all(self) -> None:
        """Some token has changed: look everything up again."""
        self._cache.clear()


def new_token() -> str:
    """A fresh secret. It is shown once; the table keeps only `hashed(token)`."""
    return TOKEN_PREFIX + secrets.token_urlsafe(TOKEN_BYTES)


def device_key(secret: bytes, device: str) -> str:
    """The key a device shows with its name."""
    return blake2b(
        device.encode(), digest_size=DEVICE_KEY_BYTES, key=secret, person=b"siaga-device"
    ).hexdigest()


def device_of(secret: bytes, authorization: str) -> str | None:
    """The device an Authorization header proves, or ``None`` when it proves nothing."""
    device, colon, key = authorization.removeprefix("Device ").strip().rpartition(":")
    if not colon or not device or len(device) > DEVICE_CHARACTERS_MAX:
        return None
    # Hex digits only: comparing text of any other kind would raise.
    proven = key.isascii() and hmac.compare_digest(device_key(secret, device), key)
    return device if proven else None
