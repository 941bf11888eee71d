"""Recordings on the screens: the supervisor's list, an incident's own, a taker's last call, and the player."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import partial
from typing import Annotated, Any
from urllib.parse import urlencode

import msgspec
from litestar import Request, get, post
from litestar.enums import RequestEncodingType
from litestar.params import Body, Parameter
from litestar.response import Response, Stream, Template

from siaga.domain.call import Call
from siaga.domain.city import City
from siaga.domain.errors import NotAllowed, NotFound
from siaga.domain.incident import Incident
from siaga.domain.recording import REASON_CHARACTERS_MAX, Recording, RecordingKind, kept_days, kind_of
from siaga.domain.roles import May, Viewer
from siaga.domain.sound_shape import BYTES_PER_SECOND, WAV_HEADER_BYTES
from siaga.features.calls.recordings import actions as recordings
from siaga.features.calls.recordings import playing, queries
from siaga.features.calls.recordings.export import cover_text
from siaga.features.calls.recordings.files import HEIGHT, WIDTH, Opened, RecordingFiles, look_through
from siaga.features.calls.recordings.tickets import NotForThis, check_ticket, ticket_for
from siaga.records.archive import Transaction
from siaga.records.postgres import PostgresArchive
from siaga.records.recording_keys import KeyRing
from siaga.settings import Settings

ROOM_WARNING_DAYS = 30  # time enough for an office to buy a disk
LATELY_DAYS = 7  # what a day of recordings takes is counted over a week: Mondays and Sundays differ

Form = Body(media_type=RequestEncodingType.URL_ENCODED)
Short = Annotated[str, Parameter(max_length=80)]
NO_STORE = {"cache-control": "no-store"}


class Reason(msgspec.Struct):
    """Why somebody listens, holds, lets go or takes a copy."""

    reason: Annotated[str, msgspec.Meta(max_length=REASON_CHARACTERS_MAX * 2)] = ""


@dataclass(frozen=True)
class Found:
    """A call with what was kept of it."""

    call: Call
    kept: Recording | None
    incident: Incident | None


def files_of(settings: Settings) -> RecordingFiles:
    """Where this installation's recordings lie."""
    return RecordingFiles(settings.recordings, KeyRing(settings.recording_key_folder))


@get(["/pengawas/rekaman", "/pengawas/rekaman/daftar"])
async def list_page(
    request: Request[Any, Any, Any], archive: PostgresArchive, city: City, viewer: Viewer, now: datetime,
    settings: Settings, dari: Short = "", sampai: Short = "", petugas: Short = "", jenis: Short = "",
    ditahan: Short = "", halaman: Annotated[int, Parameter(ge=1, le=queries.PAGES_MAX)] = 1,
) -> Template:  # fmt: skip
    """Every recording the viewer may know of, newest first; ``/daftar``: only the list, for the live panel."""
    viewer.must(May.HEAR_RECORDINGS)
    sought = queries.Sought(
        first=_day(dari), last=_day(sampai), taker=petugas, page=halaman, held=bool(ditahan),
        kind=jenis if jenis in set(RecordingKind) else "",
    )  # fmt: skip
    rows, more = await queries.sought_recordings(archive, viewer, city, sought)
    asked = {"dari": dari, "sampai": sampai, "petugas": petugas, "jenis": sought.kind, "ditahan": ditahan}
    context = {
        "rows": rows,
        "more": more,
        "sought": sought,
        "typed": asked,
        "query": partial(_query, asked),
        "kind_labels": {kind.value: label for kind, label in queries.KIND_LABELS.items()},
    }
    if request.url.path.endswith("/daftar"):
        return Template("calls/recording_list.html", context=context)
    context |= {
        "takers": await queries.takers_of_recordings(archive),
        "room_days": await _room_days(archive, settings, now),
        "room_warning_days": ROOM_WARNING_DAYS,
    }
    return Template("calls/recordings.html", context=context)


@get("/rekaman")
async def own_page(archive: PostgresArchive, city: City, viewer: Viewer, now: datetime) -> Template:
    """The taker's present or last call, where the city lets her hear it again."""
    viewer.must(May.TAKE_CALLS)
    rules = city.room.recordings
    if not rules.taker_hears_own:
        raise NotAllowed("Di kota ini rekaman hanya didengarkan pengawas.")
    since = now - timedelta(minutes=rules.taker_hears_minutes)
    calls = await queries.own_calls(archive, viewer, since)
    return Template(
        "calls/own_recordings.html", context={"calls": calls, "minutes": rules.taker_hears_minutes}
    )


@get("/kejadian/{incident_id:str}/rekaman")
async def incident_panel(incident_id: str, archive: PostgresArchive, city: City, viewer: Viewer) -> Template:
    """The recordings of one incident, on its page."""
    viewer.must(May.HEAR_RECORDINGS)
    rows = await queries.recordings_of_incident(archive, viewer, city, incident_id)
    kind_labels = {kind.value: label for kind, label in queries.KIND_LABELS.items()}
    return Template("calls/incident_recordings.html", context={"rows": rows, "kind_labels": kind_labels})


@post("/rekaman/{call_id:str}/buka", status_code=200)
async def open_player(
    call_id: str, data: Annotated[Reason, Form], archive: PostgresArchive, city: City, viewer: Viewer,
    now: datetime, settings: Settings, secret: bytes, words: Any,
) -> Template:  # fmt: skip
    """The player of one call. Opening it is recorded; what it then fetches is not, once more for each piece."""
    rules = city.room.recordings
    found = await archive.look(_found, call=call_id)
    recordings.must_hear(viewer, found.call, found.incident, rules, now)
    opened = await asyncio.to_thread(_look_through, files_of(settings), found)
    await archive.do(
        recordings.open_player, call=call_id, reason=data.reason, by=viewer, rules=rules, now=now
    )
    return await _player(archive, city, viewer, now, secret, words, found, opened)


@get("/rekaman/{call_id:str}/suara")
async def sound(
    call_id: str, request: Request[Any, Any, Any], archive: PostgresArchive, city: City, viewer: Viewer,
    now: datetime, settings: Settings, secret: bytes, izin: Short = "",
) -> Response[Any] | Stream:  # fmt: skip
    """The sound itself, any range of it, for a player that was opened."""
    try:
        sound_bytes = check_ticket(secret, izin, viewer.person, call_id, now)
    except NotForThis:
        raise NotAllowed("Buka lagi pemutar rekaman ini.") from None
    found = await archive.look(_found, call=call_id)
    recordings.must_hear(viewer, found.call, found.incident, city.room.recordings, now)
    headers = {**NO_STORE, "accept-ranges": "bytes"}
    size = WAV_HEADER_BYTES + sound_bytes
    try:
        wanted = playing.asked_range(request.headers.get("range"), size)
    except playing.NotInside:
        return Response(b"", status_code=416, headers={**headers, "content-range": f"bytes */{size}"})
    opened = await asyncio.to_thread(files_of(settings).open, found.call, found.kept)
    headers["content-length"] = str(wanted.stop - wanted.start)
    if wanted.is_part:
        headers["content-range"] = wanted.content_range
    return Stream(
        playing.wav_pieces(opened, sound_bytes, wanted),
        status_code=206 if wanted.is_part else 200,
        headers=headers,
        media_type="audio/wav",
    )


@post("/rekaman/{call_id:str}/unduh", status_code=200)
async def export(
    call_id: str, data: Annotated[Reason, Form], archive: PostgresArchive, city: City, viewer: Viewer,
    now: datetime, settings: Settings, words: Any,
) -> Stream:  # fmt: skip
    """A copy for the police or a court: the WAV and a page of text, in one ZIP. Who and why is recorded first."""
    viewer.must(May.EXPORT_RECORDINGS)
    found = await archive.look(_found, call=call_id)
    recordings.must_hear(viewer, found.call, found.incident, city.room.recordings, now)
    if found.kept is None:
        raise NotFound("Rekaman ini tidak ada.")
    files = files_of(settings)
    opened = await asyncio.to_thread(_look_through, files, found)
    kept = await archive.do(recordings.export_recording, call=call_id, reason=data.reason, by=viewer, now=now)
    text = partial(
        cover_text, city=city, call=found.call, incident=found.incident, kept=kept, opened=opened,
        reason=data.reason, viewer=viewer, now=now, words=words,
    )  # fmt: skip
    name = f"rekaman-112-{found.call.arrived_at.astimezone(city.zone):%Y%m%d-%H%M%S}"
    source = await asyncio.to_thread(files.open, found.call, found.kept)
    pieces: AsyncIterator[bytes] = playing.from_thread(playing.package(source, name, text, now, city.zone))
    headers = {**NO_STORE, "content-disposition": f'attachment; filename="{name}.zip"'}
    return Stream(pieces, status_code=200, headers=headers, media_type="application/zip")


@post("/rekaman/{call_id:str}/tahan", status_code=200)
async def hold(
    call_id: str, data: Annotated[Reason, Form], archive: PostgresArchive, city: City, viewer: Viewer,
    now: datetime, words: Any,
) -> Template:  # fmt: skip
    """Do not erase it."""
    await archive.do(recordings.hold_recording, call=call_id, reason=data.reason, by=viewer, now=now)
    return await _keeping(archive, city, viewer, words, call_id)


@post("/rekaman/{call_id:str}/lepas", status_code=200)
async def release(
    call_id: str, data: Annotated[Reason, Form], archive: PostgresArchive, city: City, viewer: Viewer,
    now: datetime, words: Any,
) -> Template:  # fmt: skip
    """Its time counts again."""
    await archive.do(recordings.release_recording, call=call_id, reason=data.reason, by=viewer, now=now)
    return await _keeping(archive, city, viewer, words, call_id)


async def _keeping(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Any, call_id: str
) -> Template:
    found = await archive.look(_found, call=call_id)
    context = await _keeping_context(archive, city, viewer, words, found)
    return Template("calls/recording_keeping.html", context={**context, "acted": True})


async def _keeping_context(
    archive: PostgresArchive, city: City, viewer: Viewer, words: Any, found: Found
) -> dict[str, Any]:
    kept = found.kept
    kind = kind_of(found.call, protected=found.incident is not None and found.incident.protected)
    days = kept_days(city.room.recordings, kind)
    return {
        "call": found.call,
        "kept": kept,
        "kind": queries.KIND_LABELS[kind],
        "kept_until": kept.saved_at + timedelta(days=days) if kept else None,
        "acts": await queries.acts_on(archive, found.call.id, words),
        "may_hold": kept is not None and viewer.may(May.HOLD_RECORDINGS),
        "may_export": kept is not None and viewer.may(May.EXPORT_RECORDINGS),
        "acted": False,
    }


async def _found(tx: Transaction, *, call: str) -> Found:
    known = await tx.seek(Call, call)
    if known is None:
        raise NotFound("Rekaman ini tidak ada.")
    kept = await tx.find(Recording, call=call, order=("saved_at",))
    if kept and not kept[-1].is_there:
        raise NotFound("Rekaman ini sudah dihapus karena masa simpannya habis.")
    incident = await tx.seek(Incident, known.incident) if known.incident else None
    return Found(known, kept[-1] if kept else None, incident)


def _look_through(files: RecordingFiles, found: Found) -> Opened:
    with files.open(found.call, found.kept) as opened:
        return look_through(opened)


async def _player(
    archive: PostgresArchive, city: City, viewer: Viewer, now: datetime, secret: bytes, words: Any,
    found: Found, opened: Opened,
) -> Template:  # fmt: skip
    call = found.call
    context = {
        **await _keeping_context(archive, city, viewer, words, found),
        "incident": found.incident,
        "opened": opened,
        "as_saved": opened.is_as_saved(found.kept),
        "ticket": ticket_for(secret, viewer.person, call.id, opened.sound_bytes, now),
        "marks": await queries.marks_of(archive, call.id, call.arrived_at, opened.seconds, words),
        "taker": await queries.taker_to_show(archive, call.id, call.taker),
        "width": WIDTH,
        "height": HEIGHT,
    }
    return Template("calls/recording_player.html", context=context)


async def _room_days(archive: PostgresArchive, settings: Settings, now: datetime) -> int | None:
    """For how many days recordings still find room, at the pace of the last week; ``None``: nothing to go by."""
    free = files_of(settings).free_bytes()
    a_day = await queries.seconds_a_day(archive, now - timedelta(days=LATELY_DAYS), LATELY_DAYS)
    return int(free / (a_day * BYTES_PER_SECOND)) if free is not None and a_day > 0 else None


def _query(asked: dict[str, str], page: int) -> str:
    given = {name: value for name, value in asked.items() if value}
    return urlencode({**given, "halaman": page})


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


PAGES: list[Any] = [list_page, own_page, incident_panel, open_player, sound, export, hold, release]
