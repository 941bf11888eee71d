"""Asking a network where a caller is: the address it gave us, over HTTPS (HELD dereference, RFC 6753)."""

from __future__ import annotations

from typing import TYPE_CHECKING

from siaga.domain.errors import OutsideFailed
from siaga.domain.pidf import BYTES_MAX

if TYPE_CHECKING:
    import httpx  # a seventh of a second, and most cities have no operator to ask: imported by the first question

ASK_SECONDS_MAX = 4.0  # the next automatic question follows after ten; a slower network is asked again
ACCEPT = "application/pidf+xml, application/held+xml"


class HeldServer:
    """The operators' location servers. Follows no redirect: an address we were given is the address we ask."""

    def __init__(self, client: httpx.AsyncClient | None = None) -> None:
        self._client = client

    async def ask(self, uri: str) -> bytes:
        """See ``LocationServer.ask``. An answer larger than a location can be is not read to its end."""
        import httpx

        client = self._client or httpx.AsyncClient(timeout=ASK_SECONDS_MAX, follow_redirects=False)
        self._client = client
        try:
            async with client.stream(
                "GET", uri, headers={"accept": ACCEPT}, timeout=ASK_SECONDS_MAX
            ) as answer:
                if answer.status_code != httpx.codes.OK:
                    raise OutsideFailed(f"jaringan menolak: {answer.status_code}")
                document = b""
                async for part in answer.aiter_bytes():
                    document += part
                    if len(document) > BYTES_MAX:
                        raise OutsideFailed("jawaban jaringan terlalu besar")
                return document
        except (httpx.HTTPError, httpx.InvalidURL) as failed:
            raise OutsideFailed(f"jaringan tidak menjawab: {type(failed).__name__}") from failed

    async def close(self) -> None:
        """Let go of the connections."""
        if self._client is not None:
            await self._client.aclose()
            self._client = None


class RecordedServer:
    """The honest twin: answers what it was told to, in order; the last answer stays. Nothing told: it fails."""

    def __init__(self, *documents: bytes) -> None:
        self.documents = list(documents)
        self.asked: list[str] = []

    async def ask(self, uri: str) -> bytes:
        """See ``LocationServer.ask``."""
        self.asked.append(uri)
        if not self.documents:
            raise OutsideFailed("jaringan tidak menjawab")
        return self.documents.pop(0) if len(self.documents) > 1 else self.documents[0]
