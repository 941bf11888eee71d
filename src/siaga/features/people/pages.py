"""Accounts: everybody's own password, and the admin's short list of people and tokens."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

import msgspec
import pyotp
import segno
from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.domain.roles import May, Person, Role, Viewer
from siaga.features.people import actions, queries
from siaga.features.people.first_run import ROLE_LABELS
from siaga.features.people.passwords import (
    CHARACTERS_MAX,
    CHARACTERS_MIN,
    Passwords,
    check_strength,
    generated,
)
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive

Form = RequestEncodingType.URL_ENCODED
Short = Annotated[str, msgspec.Meta(max_length=200)]
Secret = Annotated[str, msgspec.Meta(max_length=CHARACTERS_MAX)]


class NewPassword(msgspec.Struct):
    """The present password and the new one, twice."""

    present: Secret
    new: Secret
    again: Secret


class Factor(msgspec.Struct):
    """Switching the second factor on (secret and a code from it) or off (password)."""

    present: Secret
    secret: Short = ""
    code: Short = ""


class NewPerson(msgspec.Struct):
    """What the admin types for a new account."""

    username: Short
    name: Short
    role: Short
    agency: Short = ""
    in_circle: Short = ""


@get("/akun/sandi")
async def password_page(archive: PostgresArchive, viewer: Viewer, city: City) -> Template:
    """Her own password and second factor."""
    person = await archive.look(_the_person, person=viewer.person)
    return Template("people/password.html", context=_account_context(person, city))


@post("/akun/sandi", status_code=200)
async def change_password(
    request: Request[Any, Any, Any],
    data: Annotated[NewPassword, Body(media_type=Form)],
    archive: PostgresArchive,
    viewer: Viewer,
    city: City,
    passwords: Passwords,
    session_id: str,
    now: datetime,
    words: Any,
) -> Template | Redirect:
    """Another password; the other screens of this account are signed out."""
    person = await archive.look(_the_person, person=viewer.person)
    try:
        if not await passwords.matches(person.password_hash, data.present):
            raise RuleBroken("Kata sandi sekarang salah.").about("present")
        if data.new != data.again:
            raise RuleBroken("Kata sandi baru tidak sama dengan ulangannya.").about("again")
        if data.new == data.present:
            raise RuleBroken("Kata sandi baru sama dengan yang lama.").about("new")
        check_strength(data.new, person.username)
    except RuleBroken as refusal:
        problem = words(refusal.message, **refusal.words)
        context = _account_context(person, city, problem=problem, problem_at=refusal.at)
        return Template("people/password.html", context=context, status_code=422)
    await archive.do(
        actions.set_password,
        person=person.id,
        password_hash=await passwords.hash(data.new),
        by=viewer.person,
        keep_session=session_id,
        now=now,
    )
    return Redirect("/", status_code=303)


@post("/akun/faktor", status_code=200)
async def change_factor(
    data: Annotated[Factor, Body(media_type=Form)],
    archive: PostgresArchive,
    viewer: Viewer,
    city: City,
    passwords: Passwords,
    now: datetime,
    words: Any,
) -> Template | Redirect:
    """Switch the second factor on, proven by a code, or off."""
    person = await archive.look(_the_person, person=viewer.person)
    try:
        if not await passwords.matches(person.password_hash, data.present):
            raise RuleBroken("Kata sandi sekarang salah.")
        if data.secret and not pyotp.TOTP(data.secret).verify(
            data.code.replace(" ", ""), for_time=now, valid_window=1
        ):
            raise RuleBroken("Kode tidak cocok. Periksa jam di telepon, lalu coba kode berikutnya.").about(
                "code"
            )
    except RuleBroken as refusal:
        problem = words(refusal.message, **refusal.words)
        context = _account_context(
            person, city, factor_problem=problem, problem_at=refusal.at, secret=data.secret
        )
        return Template("people/password.html", context=context, status_code=422)
    await archive.do(
        actions.set_second_factor,
        person=person.id,
        totp_secret=data.secret or None,
        by=viewer.person,
        now=now,
    )
    return Redirect("/akun/sandi", status_code=303)


@get("/atur")
async def people_page(archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """Everybody with an account."""
    viewer.must(May.ADMINISTER)
    return Template("people/people.html", context=await _people_context(archive, city))


@post("/atur/orang", status_code=200)
async def add_person(
    data: Annotated[NewPerson, Body(media_type=Form)],
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    passwords: Passwords,
    now: datetime,
    words: Any,
) -> Template:
    """A new account; its first password is shown once."""
    viewer.must(May.ADMINISTER)
    password = generated()
    agency = city.agency(data.agency).code if data.agency else None
    try:
        await archive.do(
            actions.add_person,
            username=data.username,
            name=data.name,
            password_hash=await passwords.hash(password),
            roles=(data.role,),
            agency=agency,
            in_circle=bool(data.in_circle),
            by=viewer.person,
            now=now,
        )
    except RuleBroken as refusal:
        problem = words(refusal.message, **refusal.words)
        context = await _people_context(archive, city, problem=problem, problem_at=refusal.at, typed=data)
        return Template("people/people.html", context=context, status_code=422)
    told = (data.username.strip().lower(), password)
    return Template("people/people.html", context=await _people_context(archive, city, told=told))


@post("/atur/orang/{person:str}/sandi", status_code=200)
async def reset_password(
    person: str, archive: PostgresArchive, city: City, viewer: Viewer, passwords: Passwords, now: datetime
) -> Template:
    """A new password for somebody who has lost hers, shown once; her second factor is switched off."""
    viewer.must(May.ADMINISTER)
    known = await archive.look(_the_person, person=person)
    password = generated()
    await archive.do(
        actions.set_password,
        person=person,
        password_hash=await passwords.hash(password),
        must_change=True,
        by=viewer.person,
        now=now,
    )
    if known.totp_secret is not None:
        await archive.do(
            actions.set_second_factor, person=person, totp_secret=None, by=viewer.person, now=now
        )
    context = await _people_context(archive, city, told=(known.username, password))
    return Template("people/people.html", context=context)


@post("/atur/orang/{person:str}/tutup", status_code=200)
async def close_account(person: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Redirect:
    """She no longer works here; every screen of hers is signed out at once."""
    viewer.must(May.ADMINISTER)
    await archive.do(actions.change_person, person=person, active=False, by=viewer.person, now=now)
    return Redirect("/atur", status_code=303)


@post("/atur/orang/{person:str}/buka", status_code=200)
async def open_account(person: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> Redirect:
    """She is back."""
    viewer.must(May.ADMINISTER)
    await archive.do(actions.change_person, person=person, active=True, by=viewer.person, now=now)
    return Redirect("/atur", status_code=303)


async def _the_person(tx: Transaction, *, person: str) -> Person:
    return await tx.get(Person, person)


def _account_context(
    person: Person, city: City, *,
    problem: str = "", factor_problem: str = "", problem_at: str = "", secret: str = "",
) -> dict[str, Any]:  # fmt: skip
    fresh = secret or pyotp.random_base32()
    address = pyotp.TOTP(fresh).provisioning_uri(name=person.username, issuer_name=f"Siaga 112 {city.name}")
    return {
        "person": person,
        "problem": problem,
        "factor_problem": factor_problem,
        "problem_at": problem_at,
        "characters_min": CHARACTERS_MIN,
        "has_factor": person.totp_secret is not None,
        "secret": fresh,
        "qr": segno.make(address).svg_data_uri(scale=4, border=2, light="white"),
    }


async def _people_context(
    archive: PostgresArchive,
    city: City,
    *,
    problem: str = "",
    problem_at: str = "",
    typed: NewPerson | None = None,
    told: tuple[str, str] | None = None,
) -> dict[str, Any]:
    return {
        "people": await queries.people(archive),
        "signed_in": await queries.last_signed_in(archive),
        "tokens": await queries.tokens(archive),
        "roles": [(role.value, ROLE_LABELS[role]) for role in Role],
        "role_words": ROLE_LABELS,
        "agencies": [agency for agency in city.agencies if agency.active],
        "agency_names": {agency.code: agency.short for agency in city.agencies},
        "problem": problem,
        "problem_at": problem_at,
        "typed": typed or NewPerson(username="", name="", role=""),
        "told": told,
    }


PAGES: list[Any] = [
    password_page, change_password, change_factor, people_page, add_person, reset_password, close_account,
    open_account,
]  # fmt: skip
