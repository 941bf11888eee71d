"""Who is at this browser: a cookie of chance, its hash in the session table, and a short memory in between.

A right that is lost is lost at once in this process and, because the live hub follows the journal, within
milliseconds in every other one (`forget_person`). CACHE_SECONDS is only the bound if that news does not come, and
TRUSTED_SECONDS the bound while the record, which would have to say it, does not answer at all.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
import secrets
from collections import OrderedDict
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from siaga.domain.desk import Session
from siaga.domain.roles import Person, Viewer
from siaga.features.people.actions import limits, renew_session, sign_in_checked, sign_out
from siaga.features.people.queries import session_with_person
from siaga.records.postgres import PostgresArchive
from siaga.records.writer import DatabaseAway

log = logging.getLogger("siaga.web.sessions")

COOKIE_BYTES = 32  # 256 bits of chance: guessing one is hopeless, so the table needs no salt
CACHE_SECONDS = 10.0
KNOWN_WAITS_SECONDS_MAX = 1.0  # a healthy record answers in a few thousandths
UNKNOWN_WAITS_SECONDS_MAX = 5.0
TRUSTED_SECONDS = 60.0  # while the record says nothing: the pages that say so need no record, only a session
CACHED_MAX = 10_000  # sessions remembered; every console of a province, in a few megabytes
RENEW_AFTER = timedelta(minutes=10)
# A session's end is moved at most this often: a busy console must not write a row for every request.

PLAIN_COOKIE = "siaga_session"
SECURE_COOKIE = "__Host-siaga_session"  # the prefix makes the browser insist on Secure, Path=/ and no Domain


@dataclass(frozen=True, slots=True)
class OpenSession:
    """A browser that is signed in, and as whom."""

    id: str
    csrf: str
    viewer: Viewer
    must_change_password: bool
    expires_at: datetime
    created_at: datetime
    checked_at: datetime


class Sessions:
    """All signed-in browsers of this process's city."""

    def __init__(self, archive: PostgresArchive, *, demo: bool = False) -> None:
        """``demo``: sample accounts open too; otherwise what a demonstration left behind opens nothing."""
        self._archive = archive
        self._demo = demo
        self._cache: OrderedDict[str, OpenSession] = OrderedDict()
        self._renewals: set[asyncio.Task[None]] = set()
        # One question for each session, however many requests wait for its answer.
        self._asked: dict[str, asyncio.Task[OpenSession | None]] = {}

    async def of_cookie(self, cookie: str | None, now: datetime) -> OpenSession | None:
        """The session of a cookie, or ``None`` when it is unknown, ended or expired. Raises DatabaseAway."""
        if not cookie:
            return None
        id = hashed(cookie)
        known = self._cache.get(id)
        age = (now - known.checked_at).total_seconds() if known is not None else 0.0
        if known is None or age > CACHE_SECONDS:
            known = await self._ask(id, now, known if age <= TRUSTED_SECONDS else None)
        if known is None or known.expires_at <= now:
            return None
        self._keep_alive(known, now)
        return known

    def admits(self, person: Person) -> bool:
        """Whether this account may sign in here."""
        return person.active and (self._demo or not person.sample)

    async def open(
        self, person: Person, *, replaces: str | None, now: datetime, password_hash: str | None = None
    ) -> tuple[str, OpenSession]:
        """Sign ``person`` in; returns the new cookie. ``replaces``: the session the browser came with, which ends."""
        cookie = secrets.token_urlsafe(COOKIE_BYTES)
        session = await self._archive.do(
            sign_in_checked,
            person=person.id,
            session=hashed(cookie),
            csrf=secrets.token_urlsafe(COOKIE_BYTES),
            replaces=replaces,
            password_hash=password_hash,
            now=now,
        )
        if replaces is not None:
            self._cache.pop(replaces, None)
        opened = self._remember(session, person, now)
        del self._cache[opened.id]  # the first request looks up which protected cases name this person
        return cookie, opened

    async def close(self, session: OpenSession, now: datetime) -> None:
        """Sign this browser out."""
        self._cache.pop(session.id, None)
        await self._archive.do(sign_out, session=session.id, now=now)

    def forget_person(self, person: str) -> None:
        """Something about this person has changed: look everything up again."""
        for id in [id for id, known in self._cache.items() if known.viewer.person == person]:
            del self._cache[id]

    async def settle(self) -> None:
        """Wait for what is under way (at shutdown)."""
        await asyncio.gather(*self._renewals, *self._asked.values(), return_exceptions=True)

    async def _ask(self, id: str, now: datetime, trusted: OpenSession | None) -> OpenSession | None:
        """What the record says; ``trusted`` when it does not say it soon. Raises DatabaseAway."""
        asked = self._asked.get(id)
        if asked is None:
            asked = self._asked[id] = asyncio.create_task(self._look_up(id, now))
            asked.add_done_callback(lambda done: self._answered(id, done))
        await asyncio.wait({asked}, timeout=KNOWN_WAITS_SECONDS_MAX if trusted else UNKNOWN_WAITS_SECONDS_MAX)
        try:
            if asked.done():
                return asked.result()
        except DatabaseAway:
            if trusted is None:
                raise
        if trusted is None or self._cache.get(id) is None:  # forgotten meanwhile: no longer trusted
            raise DatabaseAway
        return trusted

    def _answered(self, id: str, asked: asyncio.Task[OpenSession | None]) -> None:
        self._asked.pop(id, None)
        if not asked.cancelled() and asked.exception() is not None:
            log.warning("the record did not say whose session this is: %s", type(asked.exception()).__name__)

    async def _look_up(self, id: str, now: datetime) -> OpenSession | None:
        found = await session_with_person(self._archive, id, now)
        if found is None or not self.admits(found[1]):
            self._cache.pop(id, None)
            return None
        session, person, cases = found
        return self._remember(session, person, now, cases)

    def _remember(
        self, session: Session, person: Person, now: datetime, cases: frozenset[str] = frozenset()
    ) -> OpenSession:
        known = OpenSession(
            id=session.id,
            csrf=session.csrf,
            viewer=person.viewer(cases),
            must_change_password=person.must_change_password,
            expires_at=session.expires_at,
            created_at=session.created_at,
            checked_at=now,
        )
        self._cache[session.id] = known
        self._cache.move_to_end(session.id)
        while len(self._cache) > CACHED_MAX:
            self._cache.popitem(last=False)
        return known

    def _keep_alive(self, known: OpenSession, now: datetime) -> None:
        idle, absolute = limits(known.viewer.roles)
        until = min(now + idle, known.created_at + absolute)
        if until - known.expires_at < RENEW_AFTER:
            return
        # Until the row is written, the cache says "renewed", so that one request renews and not a hundred.
        renewed = self._cache[known.id] = replace(known, expires_at=until)
        task = asyncio.create_task(self._renew(known, renewed, now))
        self._renewals.add(task)
        task.add_done_callback(self._renewals.discard)

    async def _renew(self, known: OpenSession, renewed: OpenSession, now: datetime) -> None:
        try:
            await self._archive.do(renew_session, session=known.id, roles=known.viewer.roles, now=now)
        except DatabaseAway:
            log.warning("a session could not be renewed; its next request tries again")
            if self._cache.get(known.id) is renewed:
                self._cache[known.id] = known


def hashed(cookie: str) -> str:
    """What the table knows of a cookie or a token: useless to whoever steals the table."""
    return hashlib.sha256(cookie.encode()).hexdigest()


def cookie_name(scheme: str) -> str:
    """The session cookie's name on http or https."""
    return SECURE_COOKIE if scheme == "https" else PLAIN_COOKIE


def set_cookie(scheme: str, value: str) -> str:
    """The Set-Cookie header of a session. It lives as long as the browser; the server decides when it ends."""
    return f"{cookie_name(scheme)}={value}; Path=/; HttpOnly; SameSite=Lax{_secure(scheme)}"


def unset_cookie(scheme: str) -> str:
    """The Set-Cookie header that takes it away."""
    return f"{cookie_name(scheme)}=; Path=/; Max-Age=0; HttpOnly; SameSite=Lax{_secure(scheme)}"


def _secure(scheme: str) -> str:
    return "; Secure" if scheme == "https" else ""
