"""What the sign-in and the account pages read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Protocol

import msgspec

from siaga.domain.desk import Session, Token
from siaga.domain.roles import Person
from siaga.records.tables import NAMED

PEOPLE_SHOWN_MAX = 500  # one page; a city's room has some dozens


class Reader(Protocol):
    """The reading half of the archive; ``$1`` is always the city."""

    async def rows(self, sql: str, *values: Any) -> Sequence[Any]: ...


async def session_with_person(
    archive: Reader, session: str, now: datetime
) -> tuple[Session, Person, frozenset[str]] | None:
    """The session, whose it is, and the protected cases that name him, in one look; ``None`` when it has ended or the
    account is closed.

    Whether it has expired is for the caller to say, who knows the time.
    """
    found = await archive.rows(
        """select s.id, s.person, s.csrf, s.created_at, s.expires_at, to_jsonb(p) as owner,
                  (select array_agg(m.incident) from circle_member m
                   where m.city_id = s.city_id and m.person = p.id and m.ended_at is null
                     and m.from_at <= $3 and m.until_at > $3) as cases
           from session s join person p on p.city_id = s.city_id and p.id = s.person
           where s.city_id = $1 and s.id = $2 and p.active""",
        session,
        now,
    )
    if not found:
        return None
    row = dict(found[0])
    cases = frozenset(row.pop("cases") or ())
    person: Person = NAMED["person"].from_row(msgspec.json.decode(row.pop("owner")))
    return msgspec.convert(row, Session), person, cases


async def person_named(archive: Reader, username: str) -> Person | None:
    """The open account of this name."""
    found = await archive.rows(
        "select to_jsonb(p) as owner from person p where city_id = $1 and username = $2 and active",
        username.strip().lower(),
    )
    return NAMED["person"].from_row(msgspec.json.decode(found[0]["owner"])) if found else None


async def valid_token(archive: Reader, token: str) -> Token | None:
    """The token of this hash, if nobody has revoked it."""
    found = await archive.rows(
        "select * from token where city_id = $1 and id = $2 and revoked_at is null", token
    )
    return NAMED["token"].from_row(dict(found[0])) if found else None


async def people(archive: Reader) -> list[Person]:
    """All accounts, open ones first, by name."""
    found = await archive.rows(
        "select to_jsonb(p) as owner from person p where city_id = $1 order by active desc, name limit $2",
        PEOPLE_SHOWN_MAX,
    )
    return [NAMED["person"].from_row(msgspec.json.decode(row["owner"])) for row in found]


async def last_signed_in(archive: Reader) -> dict[str, datetime]:
    """When each person signed in last, of the sessions still open."""
    found = await archive.rows(
        "select person, max(created_at) as at from session where city_id = $1 group by 1"
    )
    return {row["person"]: row["at"] for row in found}


async def tokens(archive: Reader) -> list[Token]:
    """All tokens that still work, newest first."""
    found = await archive.rows(
        "select * from token where city_id = $1 and revoked_at is null order by created_at desc"
    )
    return [NAMED["token"].from_row(dict(row)) for row in found]
