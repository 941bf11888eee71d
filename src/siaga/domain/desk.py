"""What lies on a desk: the half-typed call sheet, the sign-in session, the import batch."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, kw_only=True)
class Sheet:
    """A call sheet as typed so far. It survives a reload, a crash and a shift change; erasable.

    The sheet of a call has the call's id. ``revision`` counts the saves, so that two tabs notice each other.
    """

    id: str
    taker: str
    call: str | None
    incident: str | None
    draft: str
    saved_at: datetime
    revision: int = 0
    done_at: datetime | None = None
    different_from: tuple[str, ...] = ()  # incidents the taker has said this caller does not mean


@dataclass(frozen=True, kw_only=True)
class Session:
    """A signed-in browser. ``id`` is the hash of the cookie, so that the table opens no door."""

    id: str
    person: str
    csrf: str
    created_at: datetime
    expires_at: datetime


@dataclass(frozen=True, kw_only=True)
class Token:
    """A machine's key to the API or to the panic path. ``id`` is the hash of the secret."""

    id: str
    name: str
    person: str | None
    scope: str
    created_at: datetime
    revoked_at: datetime | None = None


@dataclass(frozen=True, kw_only=True)
class ImportBatch:
    """One file of history, added together and taken back together."""

    id: str
    file: str
    rows: int
    by: str
    at: datetime
    undone_at: datetime | None = None
