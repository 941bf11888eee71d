"""The call bar of the desk: hold, partners, transfer, keys, the calls she makes, her telephone and its quality."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.errors import OutsideFailed, RuleBroken
from siaga.domain.roles import May, Viewer
from siaga.features.calls.audio import SeatAudio
from siaga.features.calls.conversation import actions as conversation
from siaga.features.calls.conversation import colleagues
from siaga.features.calls.conversation.partners import partner_of
from siaga.features.calls.conversation.queries import call_bar_context, partners_context
from siaga.features.calls.room.actions import hand_to_skill
from siaga.features.calls.supervisor import actions as supervising
from siaga.records.postgres import PostgresArchive

Words = Callable[[str], str]
Key = Annotated[str, msgspec.Meta(max_length=250)]


class Chosen(msgspec.Struct):
    """Whom: ``taker:<id>``, ``agency:<code>``, ``interpreter:<code>`` or ``number:<typed>``."""

    to: Key


class Ringing(msgspec.Struct):
    """Whom to ring, and about which incident."""

    to: Key
    incident: Annotated[str, msgspec.Meta(max_length=80)] | None = None


class Pressed(msgspec.Struct):
    """Telephone keys."""

    digits: Annotated[str, msgspec.Meta(max_length=64)]


class Muting(msgspec.Struct):
    """Whether nobody is to hear her."""

    on: bool


class Telephone(msgspec.Struct):
    """Her desk telephone, or the browser's headset."""

    device: Literal["browser", "phone"] = "browser"
    address: Annotated[str, msgspec.Meta(max_length=200)] = ""


@get("/meja/kendali")
async def call_bar(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime
) -> Template:
    """Her conversation, and what she can do with it."""
    viewer.must(May.TAKE_CALLS)
    context = await call_bar_context(archive, city, viewer, words, now)
    return Template("calls/call_bar.html", context=context)


@get("/meja/tujuan")
async def partners(
    archive: PostgresArchive,
    city: City,
    viewer: Viewer,
    purpose: Literal["transfer", "conference", "call"] = "call",
) -> Template:
    """Whom she can choose."""
    viewer.must(May.TAKE_CALLS)
    return Template("calls/partners.html", context=await partners_context(archive, city, viewer, purpose))


@post("/meja/panggilan/{call:str}/tahan", status_code=200)
async def hold(
    call: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """The caller waits with the hold announcement."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(
        conversation.hold_call, call=call, taker=viewer.person, rules=city.room.conversation, now=now
    )
    return {}


@post("/meja/panggilan/{call:str}/lanjut", status_code=200)
async def resume(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """She is back with the caller."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(conversation.resume_call, call=call, taker=viewer.person, now=now)
    return {}


@post("/meja/panggilan/{call:str}/alih", status_code=200)
async def transfer(
    call: str, data: Chosen, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """The caller is given to a colleague, an agency, an interpreter or a number, without waiting."""
    viewer.must(May.TAKE_CALLS)
    kind, _, rest = data.to.partition(":")
    if kind == "taker":
        await archive.do(conversation.pass_call, call=call, to=rest, by=viewer.person, now=now)
        return {}
    if kind == "skill":
        await archive.do(hand_to_skill, city=city, call=call, skill=rest, taker=viewer.person, now=now)
        return {}
    leg = await archive.do(
        conversation.transfer_out, call=call, taker=viewer.person, partner=partner_of(city, data.to),
        rules=city.room.conversation, now=now,
    )  # fmt: skip
    return {"leg": leg}


@post("/meja/panggilan/{call:str}/bertiga", status_code=200)
async def consult(
    call: str, data: Chosen, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """A partner, or a colleague at her seat, is rung while the caller waits."""
    viewer.must(May.TAKE_CALLS)
    kind, _, rest = data.to.partition(":")
    if kind == "taker":
        label = await archive.value("select name from person where city_id = $1 and id = $2", rest)
        leg = await archive.do(
            colleagues.consult_colleague, call=call, taker=viewer.person, colleague=rest, label=label or rest,
            rules=city.room.conversation, now=now,
        )  # fmt: skip
        return {"leg": leg}
    leg = await archive.do(
        conversation.consult, call=call, taker=viewer.person, partner=partner_of(city, data.to),
        rules=city.room.conversation, now=now,
    )  # fmt: skip
    return {"leg": leg}


@post("/meja/panggilan/{call:str}/gabungkan", status_code=200)
async def join(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """All three hear each other."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(conversation.join_partner, call=call, taker=viewer.person, now=now)
    return {}


@post("/meja/panggilan/{call:str}/serahkan", status_code=200)
async def complete(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """She leaves the caller with the partner."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(conversation.complete_transfer, call=call, taker=viewer.person, now=now)
    return {}


@post("/meja/panggilan/{call:str}/lepas", status_code=200)
async def drop(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """The partner is let go."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(conversation.drop_partner, call=call, taker=viewer.person, now=now)
    return {}


@post("/meja/panggilan/{call:str}/telepon", status_code=200)
async def call_back(
    call: str, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """A missed caller is rung."""
    viewer.must(May.TAKE_CALLS)
    leg = await archive.do(
        conversation.call_back, call=call, taker=viewer.person, rules=city.room.conversation, zone=city.zone,
        now=now,
    )  # fmt: skip
    return {"leg": leg, "sheet": call}


@post("/meja/telepon", status_code=200)
async def call_out(
    data: Ringing, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """Somebody is rung, perhaps about an incident."""
    viewer.must(May.TAKE_CALLS)
    leg = await archive.do(
        conversation.call_out, taker=viewer.person, partner=partner_of(city, data.to),
        rules=city.room.conversation, incident=data.incident, zone=city.zone, now=now,
    )  # fmt: skip
    return {"leg": leg}


@post("/meja/sambungan/{leg:str}/jawab", status_code=200)
async def answer_colleague(
    leg: str, archive: PostgresArchive, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """She answers a colleague who rings her seat."""
    viewer.must(May.TAKE_CALLS)
    return {"call": await archive.do(colleagues.answer_colleague, leg=leg, taker=viewer.person, now=now)}


@post("/meja/sambungan/{leg:str}/tutup", status_code=200)
async def hang_up_leg(leg: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """A call she made, or a colleague's question, ends."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(conversation.hang_up_leg, leg=leg, taker=viewer.person, now=now)
    return {}


@post("/meja/angka", status_code=200)
async def press_keys(
    data: Pressed, archive: PostgresArchive, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """Telephone keys towards whom she speaks with."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(conversation.send_digits, taker=viewer.person, digits=data.digits, now=now)
    return {}


@post("/meja/bisu", status_code=200)
async def mute(data: Muting, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """Her desk telephone's microphone; a browser mutes its own, without a server."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(conversation.mute_seat, taker=viewer.person, on=data.on, now=now)
    return {}


@post("/meja/pesawat", status_code=204)
async def choose_telephone(
    data: Annotated[Telephone, Body(media_type=RequestEncodingType.URL_ENCODED)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> None:
    """Browser or desk telephone."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(
        supervising.choose_phone, taker=viewer.person, by_phone=data.device == "phone", address=data.address,
        now=now,
    )  # fmt: skip


@post("/meja/suara/uji", status_code=200)
async def test_sound(viewer: Viewer, seat_audio: SeatAudio) -> dict[str, str]:
    """She hears her own last three seconds, as they came through the node."""
    viewer.must(May.TAKE_CALLS)
    try:
        await seat_audio.test_sound(viewer.person)
    except OutsideFailed as failure:
        raise RuleBroken(
            "Suara belum dapat diuji. Sambungkan headset dulu, dan jangan sambil berbicara."
        ) from failure
    return {}


PAGES: list[Any] = [
    call_bar, partners, hold, resume, transfer, consult, join, complete, drop, call_back, call_out,
    answer_colleague, hang_up_leg, press_keys, mute, choose_telephone, test_sound,
]  # fmt: skip
