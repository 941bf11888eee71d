"""The one-tap link of a message: a card, one button, no account. Works on any phone, without scripts.

Rule 1: opening the link changes nothing, because message programs open links by themselves to show a preview.
Rule 2: the link is the only key; it names one assignment and ends after some minutes. There is no session, hence
no session's token: the signed link in the address is what a foreign page cannot know.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

from litestar import get, post
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, NotFound, RuleBroken
from siaga.domain.roles import Role, Viewer
from siaga.features.dispatch import actions
from siaga.features.dispatch.links import OneTap, read_link
from siaga.features.dispatch.queries import Card, card_of_link, contact_name
from siaga.records.postgres import PostgresArchive

HEADERS = {"cache-control": "no-store", "x-robots-tag": "noindex"}


@get("/t/{link:str}")
async def show(link: str, archive: PostgresArchive, city: City, secret: bytes, now: datetime) -> Template:
    """The card."""
    try:
        tap = read_link(secret, link, now=now)
        card = await card_of_link(archive, tap.assignment)
    except (NotAllowed, NotFound) as refusal:
        return _refused(refusal)
    return _page(link, tap, card, city)


@post("/t/{link:str}", status_code=200)
async def accept(link: str, archive: PostgresArchive, city: City, secret: bytes, now: datetime) -> Template:
    """Ours. A second tap is answered like the first; somebody else's is told who was first."""
    try:
        tap = read_link(secret, link, now=now)
        asked = await card_of_link(archive, tap.assignment)
    except (NotAllowed, NotFound) as refusal:
        return _refused(refusal)
    viewer = Viewer(
        person=tap.who,
        name=await contact_name(archive, tap.who),
        roles=(Role.AGENCY,),
        agency=asked.assignment.agency,
    )
    try:
        await archive.do(actions.acknowledge, assignment=tap.assignment, by=viewer, now=now)
    except RuleBroken as refusal:
        card = await card_of_link(archive, tap.assignment)
        return _page(link, tap, card, city, status=refusal.status)
    return _page(link, tap, await card_of_link(archive, tap.assignment), city)


def _page(link: str, tap: OneTap, card: Card, city: City, status: int = 200) -> Template:
    context = {
        "city": city,
        "agency": city.agency_by_code.get(card.assignment.agency),
        "link": link,
        "card": card,
        "is_mine": card.assignment.acknowledged_by == tap.who,
        "until": tap.expires,
        "refusal": None,
    }
    return Template("dispatch/one_tap.html", context=context, status_code=status, headers=HEADERS)


def _refused(refusal: RuleBroken) -> Template:
    context = {"card": None, "refusal": refusal.message}
    return Template("dispatch/one_tap.html", context=context, status_code=refusal.status, headers=HEADERS)


TAP_PAGES: list[Any] = [show, accept]
