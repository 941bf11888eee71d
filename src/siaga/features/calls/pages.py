"""The line on the desk: answer, hang up, dispose, be ready, put the headset on."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Annotated, Any, Literal

import msgspec
from litestar import delete, get, post
from litestar.enums import RequestEncodingType
from litestar.exceptions import ServiceUnavailableException
from litestar.params import Body
from litestar.response import Template

from siaga.domain.city import City
from siaga.domain.errors import OutsideFailed
from siaga.domain.owed_call import CloseReason
from siaga.domain.roles import May, Viewer
from siaga.features.calls import actions
from siaga.features.calls.audio import SeatAudio
from siaga.features.calls.conversation.neighbours import neighbour_of_call
from siaga.features.calls.owed.actions import close_owed
from siaga.features.calls.pranks.actions import refer
from siaga.features.calls.queries import Line, bar_context, nodes_up
from siaga.features.calls.room.queries import mode_words
from siaga.records.postgres import PostgresArchive
from siaga.settings import Settings

SDP_CHARACTERS_MAX = 20_000  # a browser's offer for one audio line is 2-6 kB; more is not an offer

Words = Callable[[str], str]


class Answering(msgspec.Struct, forbid_unknown_fields=True):
    """Which call; left out: the one that rings at her seat, or else the most urgent."""

    call: Annotated[str, msgspec.Meta(max_length=80)] | None = None


class Disposing(msgspec.Struct):
    """What kind of non-call it was."""

    kind: Literal["ghost", "prank", "information", "wrong_number", "outside_area"]
    sheet: Annotated[str, msgspec.Meta(max_length=80)] | None = None


class Closing(msgspec.Struct):
    """Why a missed caller leaves the list."""

    reason: CloseReason


class Move(msgspec.Struct):
    """What her seat does next."""

    verb: Literal["come", "pause", "leave"]
    reason: Annotated[str, msgspec.Meta(max_length=80)] | None = None


class Offer(msgspec.Struct):
    """A browser's WebRTC description."""

    sdp: Annotated[str, msgspec.Meta(max_length=SDP_CHARACTERS_MAX)]
    type: Literal["offer"] = "offer"
    node: Annotated[str, msgspec.Meta(max_length=80)] | None = None  # left out: the first call node


@get("/meja/bar")
async def bar(archive: PostgresArchive, city: City, viewer: Viewer, words: Words, now: datetime) -> Template:
    """Her seat and the length of the queue."""
    viewer.must(May.TAKE_CALLS)
    modes = {"modes": await mode_words(archive, city, words, now)}
    return Template("incidents/bar.html", context={**await bar_context(archive, viewer), **modes})


@get("/meja/antrean")
async def queue(line: Line, viewer: Viewer, words: Words, now: datetime) -> Template:
    """Who waits."""
    viewer.must(May.TAKE_CALLS)
    return Template("incidents/queue.html", context=await line.queue(viewer, words, now))


@get("/meja/terlewat")
async def missed(line: Line, viewer: Viewer, words: Words, now: datetime) -> Template:
    """Whom we owe."""
    viewer.must(May.TAKE_CALLS)
    return Template("incidents/missed.html", context=await line.missed(words, now))


@post("/meja/jawab", status_code=200)
async def answer(
    data: Answering, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """She takes a call; its sheet opens in the same act."""
    viewer.must(May.TAKE_CALLS)
    call = await archive.do(
        actions.answer_call, taker=viewer.person, call=data.call, texts_max=city.room.texts.per_taker, now=now
    )
    return {"call": call, "sheet": call}


@post("/meja/panggilan/{call:str}/bukan", status_code=200)
async def dispose(
    call: str, data: Disposing, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, str]:
    """Not an incident."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(actions.dispose_call, call=call, kind=data.kind, taker=viewer.person, now=now)
    if data.kind == "outside_area" and (known := await neighbour_of_call(archive, city, call)) is not None:
        await archive.do(
            refer, call=call, neighbour=known.code, by=viewer.person, room=city.room, now=now
        )  # she can say another one afterwards
    return {}


@post("/meja/panggilan/{call:str}/tutup", status_code=200)
async def hang_up(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """She ends the conversation; the sheet stays."""
    viewer.must(May.TAKE_CALLS)
    await archive.do(actions.end_call, call=call, taker=viewer.person, now=now)
    return {}


@post("/meja/panggilan/{call:str}/balik", status_code=200)
async def called_back(
    call: str, data: Closing, archive: PostgresArchive, city: City, viewer: Viewer, now: datetime
) -> dict[str, int]:
    """A missed caller leaves the list, for a reason."""
    viewer.must(May.TAKE_CALLS)
    closed = await archive.do(
        close_owed, call=call, reason=data.reason, by=viewer.person, room=city.room, now=now
    )
    return {"closed": closed}


@post("/meja/panggilan/{call:str}/ambil", status_code=200)
async def take_back(call: str, archive: PostgresArchive, viewer: Viewer, now: datetime) -> dict[str, str]:
    """She calls a missed caller back."""
    viewer.must(May.TAKE_CALLS)
    return {"sheet": await archive.do(actions.take_back, call=call, taker=viewer.person, now=now)}


@post("/meja/status", status_code=204)
async def move_seat(
    data: Annotated[Move, Body(media_type=RequestEncodingType.URL_ENCODED)],
    archive: PostgresArchive,
    viewer: Viewer,
    now: datetime,
) -> None:
    """Ready, away, or the end of her shift."""
    viewer.must(May.TAKE_CALLS)
    match data.verb:
        case "come":
            await archive.do(actions.go_ready, taker=viewer.person, now=now)
        case "pause":
            await archive.do(actions.go_away, taker=viewer.person, reason=data.reason, now=now)
        case "leave":
            await archive.do(actions.leave_desk, taker=viewer.person, now=now)


@get("/meja/suara")
async def call_nodes(archive: PostgresArchive, viewer: Viewer, settings: Settings) -> dict[str, list[str]]:
    """The call nodes besides the first that give signs of life: her headset is connected to each."""
    viewer.must(May.TAKE_CALLS)
    return {"nodes": await nodes_up(archive, but=settings.node)}


@post("/meja/suara", status_code=200)
async def connect_audio(data: Offer, viewer: Viewer, seat_audio: SeatAudio) -> dict[str, str]:
    """Her headset joins the call node."""
    viewer.must(May.TAKE_CALLS)
    try:
        sdp = await seat_audio.connect(viewer.person, data.sdp, data.node)
    except OutsideFailed as failure:
        raise ServiceUnavailableException(
            detail="Telepon tidak terhubung ke layar. Jawab di pesawat telepon; F3 untuk lembar baru."
        ) from failure
    return {"type": "answer", "sdp": sdp}


@delete("/meja/suara", status_code=204)
async def disconnect_audio(viewer: Viewer, seat_audio: SeatAudio) -> None:
    """She takes the headset off."""
    viewer.must(May.TAKE_CALLS)
    try:
        await seat_audio.disconnect(viewer.person)
    except OutsideFailed:
        return  # a node that is gone has dropped the headset already


PAGES: list[Any] = [
    bar, queue, missed, answer, dispose, hang_up, called_back, take_back, move_seat, call_nodes, connect_audio,
    disconnect_audio,
]  # fmt: skip
