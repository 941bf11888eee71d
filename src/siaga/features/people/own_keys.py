"""The keys a person has chosen, kept with her account: they are hers at every desk."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Redirect, Template

from siaga.domain.errors import RuleBroken
from siaga.domain.event import PersonChanged
from siaga.domain.own_keys import Shortcut, changed, keys_with, may_change
from siaga.domain.roles import Person, Viewer
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive

Form = Body(media_type=RequestEncodingType.URL_ENCODED)
Words = Callable[..., str]
PAGE = "/saya/tombol"


class Chosen(msgspec.Struct):
    """One act and its new key."""

    shortcut: Annotated[str, msgspec.Meta(max_length=60)]
    key: Annotated[str, msgspec.Meta(max_length=20)]


class Letters(msgspec.Struct):
    """Whether single letters do something."""

    off: Annotated[str, msgspec.Meta(max_length=5)] = ""


async def choose_key(
    tx: Transaction, *, registry: Sequence[Shortcut], shortcut: str, key: str, by: Viewer, now: datetime
) -> None:
    """Another key for one act. Raises RuleBroken when it is reserved or taken."""
    person = await tx.get(Person, by.person)
    _keep(tx, person, replace(person, keys=changed(registry, person.keys, shortcut, key)), by, now)


async def switch_letters(tx: Transaction, *, off: bool, by: Viewer, now: datetime) -> None:
    """Single letters in lists do something, or nothing."""
    person = await tx.get(Person, by.person)
    _keep(tx, person, replace(person, letters_off=off), by, now)


async def usual_keys(tx: Transaction, *, by: Viewer, now: datetime) -> None:
    """All keys as they are printed in the book."""
    person = await tx.get(Person, by.person)
    _keep(tx, person, replace(person, keys=(), letters_off=False), by, now)


def _keep(tx: Transaction, before: Person, after: Person, by: Viewer, now: datetime) -> None:
    if after != before:
        tx.put(after)
        tx.record(PersonChanged(person=after.id, fields=("keys",), by=by.person, at=now))


@get(PAGE)
async def page(viewer: Viewer, shortcuts: Sequence[Shortcut]) -> Template:
    """Every key, and which of them can be another."""
    return Template("people/own_keys.html", context=_context(viewer, shortcuts))


@post(PAGE, status_code=200)
async def choose(
    data: Annotated[Chosen, Form], archive: PostgresArchive, viewer: Viewer, now: datetime, words: Words,
    shortcuts: Sequence[Shortcut],
) -> Redirect | Template:  # fmt: skip
    """One key."""
    try:
        await archive.do(
            choose_key, registry=shortcuts, shortcut=data.shortcut, key=data.key, by=viewer, now=now
        )
    except RuleBroken as refusal:
        said = {
            name: words(str(value)) if name == "label" else value for name, value in refusal.words.items()
        }
        problem = (data.shortcut, words(refusal.message, **said))
        context = _context(viewer, shortcuts, problem=problem, typed=data.key)
        return Template("people/own_keys.html", context=context, status_code=422)
    return Redirect(f"{PAGE}#{data.shortcut}", status_code=303)


@post(f"{PAGE}/huruf", status_code=200)
async def letters(
    data: Annotated[Letters, Form], archive: PostgresArchive, viewer: Viewer, now: datetime
) -> Redirect:
    """Single letters on or off."""
    await archive.do(switch_letters, off=bool(data.off), by=viewer, now=now)
    return Redirect(PAGE, status_code=303)


@post(f"{PAGE}/semula", status_code=200)
async def reset(archive: PostgresArchive, viewer: Viewer, now: datetime) -> Redirect:
    """As they were."""
    await archive.do(usual_keys, by=viewer, now=now)
    return Redirect(PAGE, status_code=303)


def _context(
    viewer: Viewer, shortcuts: Sequence[Shortcut], problem: tuple[str, str] | None = None, typed: str = ""
) -> dict[str, Any]:
    groups: dict[str, list[dict[str, Any]]] = {}
    for one in shortcuts:
        if str(one.get("scope", "")).startswith("after "):
            continue
        groups.setdefault(one["group"], []).append({
            "id": one["id"], "label": one["label"], "keys": keys_with(one, viewer.keys),
            "usual": one["keys"][0], "may": may_change(one), "screens": one["screens"],
        })  # fmt: skip
    return {"groups": groups, "problem": problem, "typed": typed, "letters_off": viewer.letters_off}


PAGES: list[Any] = [page, choose, letters, reset]
