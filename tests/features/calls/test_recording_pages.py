"""The recordings on the screens: who gets in, what is written down, and any range of any recording."""

from __future__ import annotations

import hashlib
import io
import random
import wave
import zipfile
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from siaga.domain.recording import Recording
from siaga.domain.roles import Role
from siaga.domain.sound_shape import BYTES_PER_SECOND, WAV_HEADER_BYTES
from siaga.features.calls import actions as calls
from siaga.features.calls.recordings.duty import RecordingKeeper
from siaga.features.calls.recordings.files import RecordingFiles, look_through
from siaga.features.calls.recordings.queries import ROWS_A_PAGE
from siaga.features.calls.recordings.tickets import TICKET_SECONDS, NotForThis, check_ticket, ticket_for
from siaga.records.archive import Transaction
from siaga.records.recording_keys import KeyRing
from siaga.records.sealed_sound import HEADER, SEALED_BYTES, SealedSound
from tests.a_recording import sealed
from tests.a_web_process import NAVIGATION, Web
from tests.features.scenes import FORM, HTMX, a_fire, a_hidden_case, page, seen
from tests.room import Room

SOUND = random.Random(7).randbytes(4 * BYTES_PER_SECOND + 400)


def place_of(web: Web, call: str, room: Room) -> Path:
    return web.settings.recordings / room.now.date().isoformat() / f"{call}.rec"


async def recorded(
    web: Web, room: Room, call: str = "call-1", taker: str = "rani", sound: bytes = SOUND
) -> Path:
    """A call that ended, with its sealed sound on the disk as the node leaves it."""
    await room.talking(taker, call)
    room.later(4)
    await room.do(calls.end_call, call=call, taker=taker)
    path = place_of(web, call, room)
    digest = sealed(path, sound, web.settings.recording_key_folder)
    await room.do(
        calls.recording_saved, call=call, file=str(path.relative_to(web.settings.recordings)),
        seconds=len(sound) / BYTES_PER_SECOND, sha256=digest,
    )  # fmt: skip
    return path


async def opened(
    browser: httpx.AsyncClient, call: str = "call-1", reason: str = "", status: int = 200
) -> str:
    """The player's fragment, and its sound's address."""
    answer = await browser.post(f"/rekaman/{call}/buka", data={"reason": reason}, headers=HTMX)
    assert answer.status_code == status, answer.text[:300]
    return answer.text


def sound_of(fragment: str) -> str:
    return fragment.split('<audio preload="metadata" src="')[1].split('"')[0].replace("&amp;", "&")


async def heard(room: Room) -> int:
    return (await room.story()).count("recording.heard")


async def test_opening_is_recorded_once_and_every_range_is_the_slice(web: Web, room: Room) -> None:
    await recorded(web, room)
    boss = await web.signed_in(Role.SUPERVISOR)
    fragment = await opened(boss)
    assert "utuh" in seen(fragment)
    address = sound_of(fragment)
    whole = await boss.get(address)
    assert whole.status_code == 200
    assert (whole.headers["cache-control"], whole.headers["accept-ranges"]) == ("no-store", "bytes")
    with wave.open(io.BytesIO(whole.content)) as file:
        assert (file.getnchannels(), file.getframerate(), file.getnframes()) == (2, 8000, len(SOUND) // 4)
        assert file.readframes(file.getnframes()) == SOUND
    size, chance = len(whole.content), random.Random(1)
    for _ in range(60):
        start, stop = sorted(chance.choices(range(size), k=2))
        part = await boss.get(address, headers={"range": f"bytes={start}-{stop}"})
        assert part.status_code == 206
        assert part.headers["content-range"] == f"bytes {start}-{min(stop, size - 1)}/{size}"
        assert part.content == whole.content[start : stop + 1]
        assert int(part.headers["content-length"]) == len(part.content)
    for header, expected in (
        ("bytes=0-", whole.content), ("bytes=-100", whole.content[-100:]),
        (f"bytes={size - 1}-{size + 99}", whole.content[-1:]), ("bytes=10-5", whole.content),
        ("bytes=0-1,5-9", whole.content), ("words=1-2", whole.content), ("bytes=-", whole.content),
    ):  # fmt: skip
        assert (await boss.get(address, headers={"range": header})).content == expected, header
    for header in (f"bytes={size}-", "bytes=-0"):
        refused = await boss.get(address, headers={"range": header})
        assert (refused.status_code, refused.headers["content-range"]) == (416, f"bytes */{size}")
    assert await heard(room) == 1


async def test_sound_needs_a_player_that_this_person_opened(web: Web, room: Room) -> None:
    await recorded(web, room)
    boss, other = await web.signed_in(Role.SUPERVISOR), await web.signed_in(Role.SUPERVISOR)
    address = sound_of(await opened(boss))
    assert (await other.get(address)).status_code == 403
    assert (await boss.get(address.replace("izin=", "izin=1"))).status_code == 403
    assert (await boss.get("/rekaman/call-1/suara")).status_code == 403
    assert (await web.browser().get(address, headers=NAVIGATION)).status_code == 303
    assert await heard(room) == 1


async def test_a_ticket_is_for_one_person_one_call_one_length_and_a_while(room: Room) -> None:
    secret, now = b"s" * 32, room.now
    ticket = ticket_for(secret, "dedi", "call-1", 400, now)
    assert check_ticket(secret, ticket, "dedi", "call-1", now) == 400
    longer = ticket.replace(".400.", ".800.")
    later = now + timedelta(seconds=TICKET_SECONDS + 1)
    for given in (
        (b"t" * 32, ticket, "dedi", "call-1", now), (secret, ticket, "sari", "call-1", now),
        (secret, ticket, "dedi", "call-2", now), (secret, ticket, "dedi", "call-1", later),
        (secret, longer, "dedi", "call-1", now), (secret, "", "dedi", "call-1", now),
        (secret, "²." + ticket, "dedi", "call-1", now), (secret, "1.2.ä", "dedi", "call-1", now),
    ):  # fmt: skip
        with pytest.raises(NotForThis):
            check_ticket(*given)


async def test_who_judges_a_prank_hears_that_very_call_and_not_who_said_so(web: Web, room: Room) -> None:
    first = web.people[await web.person(Role.TAKER, username="perdana")]
    await recorded(web, room, taker=first)
    await room.do(calls.dispose_call, call="call-1", kind="prank", taker=first)
    boss = await web.signed_in(Role.SUPERVISOR)
    listed = (await boss.get("/meja/bukan", headers=NAVIGATION)).text
    assert 'id="player"' in listed
    assert 'hx-post="/rekaman/call-1/buka"' in listed
    player = await opened(boss)
    assert "Rekaman" in seen(player)
    assert "Nama perdana" not in seen(player)
    judged = await boss.post("/meja/bukan/call-1/nilai", data={"agrees": "yes"}, headers=FORM)
    assert judged.status_code == 303, judged.text
    assert "Nama perdana" in seen(await opened(boss))


OPEN, REFUSED, HIDDEN = 200, 403, 404


@pytest.mark.parametrize(
    ("role", "in_circle", "expected"),
    [
        (Role.SUPERVISOR, False, (OPEN, OPEN, OPEN, HIDDEN)),
        (Role.SUPERVISOR, True, (OPEN, OPEN, OPEN, OPEN)),
        (Role.TAKER, True, (REFUSED, REFUSED, REFUSED, REFUSED)),
        (Role.DISPATCHER, True, (REFUSED, REFUSED, REFUSED, REFUSED)),
        (Role.HEAD, True, (REFUSED, REFUSED, REFUSED, REFUSED)),
        (Role.ADMIN, True, (REFUSED, REFUSED, REFUSED, REFUSED)),
        (Role.WALL, True, (REFUSED, REFUSED, REFUSED, REFUSED)),
        (Role.AGENCY, True, (REFUSED, REFUSED, REFUSED, REFUSED)),
    ],
)
async def test_every_role_finds_its_own_recordings_and_no_others(
    web: Web, room: Room, role: Role, in_circle: bool, expected: tuple[int, ...]
) -> None:
    await recorded(web, room)
    await room.opens("call-1", report=a_fire())
    await recorded(web, room, "call-2")
    hidden = await room.opens("call-2", report=a_hidden_case())
    agency = "polisi" if role is Role.AGENCY else None
    browser = await web.signed_in(role, in_circle=in_circle, agency=agency)
    reason = {"reason": "permintaan penyidik"}
    found = (
        (await browser.get("/pengawas/rekaman", headers=NAVIGATION)).status_code,
        (await browser.get(f"/kejadian/{hidden}/rekaman", headers=HTMX)).status_code,
        (await browser.post("/rekaman/call-1/buka", data=reason, headers=HTMX)).status_code,
        (await browser.post("/rekaman/call-2/buka", data=reason, headers=HTMX)).status_code,
    )
    assert found == expected
    for act in ("unduh", "tahan"):
        answer = await browser.post(f"/rekaman/call-2/{act}", data=reason, headers=FORM)
        wanted = {OPEN: OPEN, HIDDEN: HIDDEN}.get(expected[3], REFUSED)
        assert answer.status_code == wanted, act
    rows = (await browser.get("/pengawas/rekaman", headers=NAVIGATION)).text
    assert ("call-2" in rows) is (expected[3] == OPEN)


async def test_a_taker_hears_her_own_last_call_on_a_page_of_her_own(web: Web, room: Room) -> None:
    rani = await web.signed_in(Role.TAKER)
    me = rani.headers["x-test-person"]
    await recorded(web, room, taker=me)
    await recorded(web, room, "call-2", taker="sari")
    text = await page(rani, "/rekaman")
    assert ("call-1" in text, "call-2" in text) == (True, False)
    answer = await rani.get(sound_of(await opened(rani)))
    assert answer.content[WAV_HEADER_BYTES:] == SOUND
    await opened(rani, "call-2", status=403)


async def test_a_call_that_goes_on_is_heard_as_far_as_it_was(web: Web, room: Room) -> None:
    rani = await web.signed_in(Role.TAKER)
    await room.talking(rani.headers["x-test-person"])
    path = place_of(web, "call-1", room)
    sealed(path, SOUND, web.settings.recording_key_folder)
    part = path.rename(path.with_name("call-1.rec.part-node-1"))
    part.write_bytes(part.read_bytes()[: HEADER.size + 10 * SEALED_BYTES + 99])
    fragment = await opened(rani)
    assert "masih direkam" in seen(fragment)
    assert (await rani.get(sound_of(fragment))).content[WAV_HEADER_BYTES:] == SOUND[: 10 * 4096]


async def test_an_altered_recording_says_so_and_the_rest_is_heard(web: Web, room: Room) -> None:
    path = await recorded(web, room)
    content = bytearray(path.read_bytes())
    content[HEADER.size + 3] ^= 1
    path.write_bytes(content)
    boss = await web.signed_in(Role.SUPERVISOR)
    fragment = await opened(boss)
    assert "BERUBAH" in seen(fragment)
    answer = await boss.get(sound_of(fragment))
    assert answer.content[WAV_HEADER_BYTES:] == bytes(4096) + SOUND[4096:]


async def test_what_is_not_there_is_said_in_words_and_nothing_is_written_down(web: Web, room: Room) -> None:
    path = await recorded(web, room)
    boss = await web.signed_in(Role.SUPERVISOR)
    content = path.read_bytes()
    path.unlink()
    assert "tidak ada di server ini" in await opened(boss, status=404)
    path.write_bytes(b"RIFF" + bytes(500))
    assert "rusak atau diganti" in await opened(boss, status=409)
    path.write_bytes(content)
    for key in web.settings.recording_key_folder.iterdir():
        key.unlink()
    assert "siaga doctor" in await opened(boss, status=409)
    assert "tidak ada" in await opened(boss, "call-9", status=404)
    assert await heard(room) == 0


async def test_a_copy_for_the_police_is_a_wav_with_a_page_of_text(web: Web, room: Room) -> None:
    await recorded(web, room)
    boss = await web.signed_in(Role.SUPERVISOR)
    assert (await boss.post("/rekaman/call-1/unduh", data={"reason": ""}, headers=FORM)).status_code == 409
    answer = await boss.post("/rekaman/call-1/unduh", data={"reason": "LP 12, Polres"}, headers=FORM)
    assert answer.status_code == 200
    assert answer.headers["content-disposition"].endswith('.zip"')
    with zipfile.ZipFile(io.BytesIO(answer.content)) as package:
        assert package.testzip() is None
        wav_name, text_name = package.namelist()
        wav, text = package.read(wav_name), package.read(text_name).decode()
    assert wav[WAV_HEADER_BYTES:] == SOUND
    [kept] = await room.all(Recording)
    for fact in (kept.sha256, hashlib.sha256(wav).hexdigest(), "LP 12, Polres", "Utuh", "+07:00"):
        assert fact in text
    assert hashlib.sha256(wav[WAV_HEADER_BYTES:]).hexdigest() == kept.sha256
    assert (await room.story())[-1] == "recording.exported"


async def test_holding_says_until_when_and_who_did_what(web: Web, room: Room) -> None:
    await recorded(web, room)
    boss = await web.signed_in(Role.SUPERVISOR)
    await opened(boss)
    answer = await boss.post("/rekaman/call-1/tahan", data={"reason": "perkara 12"}, headers=HTMX)
    assert "Ditahan dari penghapusan sejak" in seen(answer.text)
    assert "Nama supervisor0 · perkara 12" in seen(answer.text)
    assert "ditahan" in await page(boss, "/pengawas/rekaman?ditahan=1")
    answer = await boss.post("/rekaman/call-1/lepas", data={"reason": "perkara selesai"}, headers=HTMX)
    assert "Disimpan sampai" in seen(answer.text)
    assert "recording-call-1" not in await page(boss, "/pengawas/rekaman?ditahan=1")


async def test_the_list_is_narrowed_and_turned_by_the_server(web: Web, room: Room) -> None:
    async def many(tx: Transaction, *, now: object) -> None:
        for at in range(ROWS_A_PAGE + 5):
            saved = room.now - timedelta(minutes=at)
            tx.put(
                Recording(
                    id=f"{at:03}", call="call-1", file=f"{at:03}.rec", seconds=1.0, sha256="0", saved_at=saved
                )
            )

    await recorded(web, room)
    await room.do(calls.dispose_call, call="call-1", kind="prank", taker="rani")
    await room.do(many)
    boss = await web.signed_in(Role.SUPERVISOR)
    first, second = await page(boss, "/pengawas/rekaman"), await page(boss, "/pengawas/rekaman?halaman=2")
    assert (first.count("<tr id="), second.count("<tr id=")) == (ROWS_A_PAGE, 6)
    today = room.now.astimezone(room.city.zone).date()
    for query, count in (
        ("jenis=prank", ROWS_A_PAGE), ("jenis=real", 0), ("petugas=rani", ROWS_A_PAGE), ("petugas=sari", 0),
        (f"sampai={today - timedelta(days=3)}", 0), (f"dari={today + timedelta(days=1)}", 0),
        ("dari=x&jenis=y", ROWS_A_PAGE),
    ):  # fmt: skip
        assert (await page(boss, f"/pengawas/rekaman?{query}")).count("<tr id=") == count, query
    assert (await boss.get("/pengawas/rekaman?halaman=0", headers=NAVIGATION)).status_code in (400, 404, 422)


def test_a_conversation_is_drawn_in_constant_detail_whatever_its_length(tmp_path: Path) -> None:
    files = RecordingFiles(tmp_path, KeyRing(tmp_path / "keys"))
    for seconds in (0, 0.01, 1, 90):
        path = tmp_path / f"call-{seconds}.rec"
        sealed(path, SOUND[: int(seconds * 4000) * 4] * (1 if seconds < 4 else 22), files.keys.folder, "c")
        with SealedSound(path, "c", files.keys) as sound:
            drawn = look_through(sound)
        assert [drawing.count("M") for drawing in drawn.paths] == [600, 600]
        assert drawn.sound_bytes % 4 == 0


async def test_what_the_worker_erased_is_gone_from_the_screens_and_from_the_disk(
    web: Web, room: Room
) -> None:
    path = await recorded(web, room)
    held = await recorded(web, room, "call-2", taker="sari")
    boss = await web.signed_in(Role.SUPERVISOR)
    await boss.post("/rekaman/call-2/tahan", data={"reason": "perkara 12"}, headers=HTMX)
    files = RecordingFiles(web.settings.recordings, KeyRing(web.settings.recording_key_folder))
    room.later(timedelta(days=5000).total_seconds())
    await RecordingKeeper(files, web.city.room.recordings)(web.archive, room.now)

    assert (path.exists(), held.exists()) == (False, True)
    assert "masa simpannya habis" in await opened(boss, status=404)
    assert "utuh" in seen(await opened(boss, "call-2"))
    row = (await page(boss, "/pengawas/rekaman")).split('id="recording-call-1"')[1].split("</tr>")[0]
    assert "dihapus" in row
    assert "buka" not in row
