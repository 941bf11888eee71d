"""Who works here: accounts, passwords, sign-in sessions and machine tokens.

Rule 1: a password or a secret never reaches this file, only its hash.
Rule 2: what changes an account ends its sessions, so that a lost right is lost on every screen.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from datetime import datetime, timedelta

from siaga.domain.desk import Session, Token
from siaga.domain.errors import NotFound, RuleBroken
from siaga.domain.event import PersonChanged, SignedIn, SignedOut, SignInRefused
from siaga.domain.roles import Person, Role
from siaga.records.archive import AnyOf, Transaction, UpTo

USERNAME_CHARACTERS_MAX = 40  # fits the column of every list of accounts
NAME_CHARACTERS_MAX = 80
USERNAME_CHARACTERS = frozenset("abcdefghijklmnopqrstuvwxyz0123456789._-")

ROOM_IDLE = timedelta(hours=3)
# An open screen keeps its session alive; a browser that was closed is signed out before the next shift comes.
ROOM_ABSOLUTE = timedelta(hours=18)
# A double shift with its handover. Nobody is asked for a password in the middle of a night.
WALL_IDLE = timedelta(days=14)
WALL_ABSOLUTE = timedelta(days=180)
# A wall screen has no keyboard and sees only the wall; a power cut over a long holiday must not blank it.

SCOPES = ("panic", "incidents", "metrics", "location")


# --- accounts ---------------------------------------------------------------------------------------------


async def add_person(
    tx: Transaction,
    *,
    username: str,
    name: str,
    password_hash: str,
    roles: Collection[Role | str],
    by: str,
    now: datetime,
    agency: str | None = None,
    in_circle: bool = False,
    must_change_password: bool = True,
    sample: bool = False,
) -> str:
    """A new account; returns its id. ``agency`` is needed for agency and field roles."""
    username, name = _checked_username(username), _checked_name(name)
    if await tx.find(Person, username=username):
        raise RuleBroken("Nama akun {username} sudah dipakai.", username=username).about("username")
    chosen = _checked_roles(roles, agency)
    person = Person(
        id=tx.new_id(), username=username, name=name, password_hash=password_hash, roles=chosen,
        agency=agency or None, in_circle=in_circle, must_change_password=must_change_password,
        created_at=now, sample=sample,
    )  # fmt: skip
    tx.put(person)
    tx.record(PersonChanged(person=person.id, fields=("added",), by=by, at=now))
    return person.id


async def change_person(
    tx: Transaction,
    *,
    person: str,
    by: str,
    now: datetime,
    name: str | None = None,
    roles: Collection[Role | str] | None = None,
    agency: str | None = None,
    in_circle: bool | None = None,
    active: bool | None = None,
) -> None:
    """Another name, other roles, in or out of the circle, closed or open again. Ends the person's sessions."""
    before = await tx.get(Person, person)
    if person == by and active is False:
        raise RuleBroken("Akun sendiri tidak dapat ditutup.")
    after = replace(
        before,
        name=before.name if name is None else _checked_name(name),
        roles=before.roles if roles is None else _checked_roles(roles, agency or before.agency),
        agency=agency or before.agency,
        in_circle=before.in_circle if in_circle is None else in_circle,
        active=before.active if active is None else active,
    )
    changed = tuple(
        field for field in ("name", "roles", "agency", "in_circle", "active")
        if getattr(before, field) != getattr(after, field)
    )  # fmt: skip
    if not changed:
        return
    await _keep_an_admin(tx, before, after)
    tx.put(after)
    tx.record(PersonChanged(person=person, fields=changed, by=by, at=now))
    if changed != ("name",):
        await _end_sessions(tx, person, by, now)


async def set_password(
    tx: Transaction,
    *,
    person: str,
    password_hash: str,
    by: str,
    now: datetime,
    must_change: bool = False,
    keep_session: str | None = None,
) -> None:
    """Another password. Every session of the person ends, except ``keep_session`` (the one she sits at)."""
    before = await tx.get(Person, person)
    tx.put(replace(before, password_hash=password_hash, must_change_password=must_change))
    tx.record(PersonChanged(person=person, fields=("password",), by=by, at=now))
    await _end_sessions(tx, person, by, now, keep=keep_session)


async def set_second_factor(
    tx: Transaction, *, person: str, totp_secret: str | None, by: str, now: datetime
) -> None:
    """Ask for a code from an authenticator from now on, or (``None``) no longer."""
    before = await tx.get(Person, person)
    tx.put(replace(before, totp_secret=totp_secret))
    tx.record(PersonChanged(person=person, fields=("second_factor",), by=by, at=now))


async def set_language(tx: Transaction, *, person: str, language: str, by: str, now: datetime) -> None:
    """The language of this person's screens."""
    before = await tx.get(Person, person)
    if before.language != language:
        tx.put(replace(before, language=language))
        tx.record(PersonChanged(person=person, fields=("language",), by=by, at=now))


# --- sessions ---------------------------------------------------------------------------------------------


async def sign_in_checked(
    tx: Transaction,
    *,
    person: str,
    session: str,
    csrf: str,
    now: datetime,
    replaces: str | None = None,
    password_hash: str | None = None,
) -> Session:
    """The password (and code) were right: a new session, never an old one continued.

    ``session`` is the hash of the new cookie, ``replaces`` of the one the browser came with, which ends.
    ``password_hash`` is given when the old hash was made with weaker parameters.
    """
    known = await tx.get(Person, person)
    if not known.active:
        raise RuleBroken("Akun ini sudah ditutup. Hubungi admin.")
    if password_hash is not None:
        tx.put(replace(known, password_hash=password_hash))
    if replaces is not None and (old := await tx.seek(Session, replaces)) is not None:
        tx.delete(old)
    tx.delete(*await tx.find(Session, person=person, expires_at=UpTo(now)))
    idle, _ = limits(known.roles)
    fresh = Session(id=session, person=person, csrf=csrf, created_at=now, expires_at=now + idle)
    tx.put(fresh)
    tx.record(SignedIn(person=person, at=now))
    return fresh


async def sign_in_refused(tx: Transaction, *, person: str, reason: str, now: datetime) -> None:
    """A wrong password or code for a known person; written down so that she and the supervisor can see it."""
    tx.record(SignInRefused(person=person, reason=reason, at=now))


async def renew_session(tx: Transaction, *, session: str, roles: Collection[Role], now: datetime) -> None:
    """The session is in use: it lives on, up to its absolute end."""
    known = await tx.seek(Session, session)
    if known is None or known.expires_at <= now:
        return
    idle, absolute = limits(roles)
    until = min(now + idle, known.created_at + absolute)
    if until > known.expires_at:
        tx.put(replace(known, expires_at=until))


async def sign_out(tx: Transaction, *, session: str, now: datetime) -> None:
    """The browser is no longer signed in. Saying it twice changes nothing."""
    known = await tx.seek(Session, session)
    if known is not None:
        tx.delete(known)
        tx.record(SignedOut(person=known.person, by=known.person, at=now))


def limits(roles: Collection[Role]) -> tuple[timedelta, timedelta]:
    """How long a session lives unused, and at most."""
    return (WALL_IDLE, WALL_ABSOLUTE) if set(roles) == {Role.WALL} else (ROOM_IDLE, ROOM_ABSOLUTE)


# --- tokens -----------------------------------------------------------------------------------------------


async def add_token(
    tx: Transaction, *, token: str, name: str, scope: str, by: str, now: datetime, person: str | None = None
) -> str:
    """A machine's key; ``token`` is the hash of its secret. Returns ``token``."""
    if scope not in SCOPES:
        raise RuleBroken("Lingkup token harus salah satu dari: {scopes}.", scopes=", ".join(SCOPES))
    tx.put(Token(id=token, name=_checked_name(name), person=person, scope=scope, created_at=now))
    tx.record(PersonChanged(person=f"token:{token[:12]}", fields=("added",), by=by, at=now))
    return token


async def revoke_token(tx: Transaction, *, name: str, by: str, now: datetime) -> int:
    """No token of this name works any longer; returns how many there were."""
    found = await tx.find(Token, name=name, revoked_at=None)
    if not found:
        raise NotFound("Tidak ada token bernama {name}.", name=name)
    for token in found:
        tx.put(replace(token, revoked_at=now))
        tx.record(PersonChanged(person=f"token:{token.id[:12]}", fields=("revoked",), by=by, at=now))
    return len(found)


# --- shared steps -----------------------------------------------------------------------------------------


async def _end_sessions(
    tx: Transaction, person: str, by: str, now: datetime, keep: str | None = None
) -> None:
    ended = [one for one in await tx.find(Session, person=person) if one.id != keep]
    if ended:
        tx.delete(*ended)
        tx.record(SignedOut(person=person, by=by, at=now))


async def _keep_an_admin(tx: Transaction, before: Person, after: Person) -> None:
    """The last open admin account stays one: nobody else could open the door again."""
    was = before.active and Role.ADMIN in before.roles
    remains = after.active and Role.ADMIN in after.roles
    if not was or remains:
        return
    others = await tx.find(Person, active=AnyOf(True))
    if not any(Role.ADMIN in one.roles and one.id != before.id for one in others):
        raise RuleBroken("Harus tetap ada satu akun admin yang terbuka.")


def _checked_username(username: str) -> str:
    username = username.strip().lower()
    if (
        not username
        or len(username) > USERNAME_CHARACTERS_MAX
        or not USERNAME_CHARACTERS.issuperset(username)
    ):
        raise RuleBroken(
            "Nama akun: 1 sampai {max} huruf kecil, angka, titik, garis bawah atau tanda hubung.",
            max=USERNAME_CHARACTERS_MAX,
        ).about("username")
    return username


def _checked_name(name: str) -> str:
    name = " ".join(name.split())
    if not name or len(name) > NAME_CHARACTERS_MAX:
        raise RuleBroken("Nama: 1 sampai {max} huruf.", max=NAME_CHARACTERS_MAX).about("name")
    return name


def _checked_roles(roles: Collection[Role | str], agency: str | None) -> tuple[Role, ...]:
    try:
        chosen = tuple(dict.fromkeys(Role(role) for role in roles))
    except ValueError as unknown:
        raise RuleBroken("Peran tidak dikenal: {role}.", role=str(unknown).split("'")[1]) from None
    if not chosen:
        raise RuleBroken("Pilih paling sedikit satu peran.").about("role")
    if {Role.AGENCY, Role.FIELD} & set(chosen) and not agency:
        raise RuleBroken("Pilih perangkat daerah untuk peran ini.").about("agency")
    return chosen
