"""Is the process alive (`/healthz`), can it do its work (`/readyz`), what has it counted (`/metrics`)?"""

from __future__ import annotations

import ipaddress
from collections.abc import Mapping
from datetime import datetime

import asyncpg

from siaga.adapters.web.answers import Scope, Send, answer, as_json
from siaga.adapters.web.metrics import Metrics
from siaga.adapters.web.tokens import NotSignedIn, Tokens
from siaga.domain.errors import TooBusy
from siaga.records import migrate
from siaga.records.postgres import PostgresArchive

READY_ANSWER_SECONDS = 1.0  # readiness is asked by anybody: the database is asked at most once in this time
NO_STORE = ((b"cache-control", b"no-store"),)


class Health:
    """Answers the three paths. No session, no cookie."""

    def __init__(self, archive: PostgresArchive, tokens: Tokens, metrics: Metrics, version: str) -> None:
        self._archive = archive
        self._tokens = tokens
        self._metrics = metrics
        self._version = version
        self._asked_at: datetime | None = None
        self._ready: dict[str, str] = {}

    async def healthz(self, send: Send) -> None:
        """The process runs and its loop turns."""
        await answer(send, 200, as_json({"status": "ok", "version": self._version}), headers=NO_STORE)

    async def readyz(self, send: Send, now: datetime) -> None:
        """The database answers and has every migration."""
        if self._asked_at is None or (now - self._asked_at).total_seconds() >= READY_ANSWER_SECONDS:
            self._asked_at = now
            self._ready = await self._look()
        ready = all(state == "ok" for state in self._ready.values())
        body = as_json({"status": "ok" if ready else "unavailable", **self._ready})
        await answer(send, 200 if ready else 503, body, headers=NO_STORE)

    async def metrics(self, scope: Scope, headers: Mapping[bytes, bytes], send: Send, now: datetime) -> None:
        """Prometheus text, for this machine or a token of scope ``metrics``. Raises NotSignedIn, NotAllowed."""
        if not is_loopback(scope):
            authorization = headers.get(b"authorization", b"").decode("latin-1")
            if not authorization.startswith("Bearer "):
                raise NotSignedIn("Perlu token dengan lingkup metrics.")
            await self._tokens.of_header(authorization, "metrics", now)
        self._metrics.writer_batches.set(self._archive.writer.batches)
        self._metrics.writer_recorded.set(self._archive.writer.recorded)
        body, content_type = self._metrics.exposition()
        await answer(send, 200, body, content_type, NO_STORE)

    async def _look(self) -> dict[str, str]:
        try:
            await self._archive.head()
            missing = await self._archive.missing_migrations()
        except (TooBusy, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            return {"database": "away"}
        except (migrate.ServerTooOld, migrate.DatabaseNewer):
            return {"database": "ok", "migrations": "unsuitable"}
        return {"database": "ok", "migrations": "pending" if missing else "ok"}


def is_loopback(scope: Scope) -> bool:
    """Whether the request comes from this very machine."""
    client = scope.get("client")
    try:
        return client is not None and ipaddress.ip_address(client[0]).is_loopback
    except ValueError:
        return False
