"""`siaga recordings`: what was kept, whether it is still what was recorded, holds, a copy, and the keys."""

from __future__ import annotations

import asyncio
import contextlib
import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from siaga import clock
from siaga.commands.open_house import COMMAND_LINE, EXIT_REFUSED, House, in_the_house
from siaga.commands.terminal import complain, said, say
from siaga.domain.recording import Recording
from siaga.domain.roles import Role, Viewer
from siaga.features.calls.recordings import actions
from siaga.features.calls.recordings.export import wav_file
from siaga.features.calls.recordings.files import RecordingFiles
from siaga.records.archive import Transaction
from siaga.records.recording_keys import KeyMissing, KeyRing
from siaga.records.sealed_sound import NotSealed, SealedSound, key_of, rewrap

BOSS = Viewer(person=COMMAND_LINE, name=COMMAND_LINE, roles=(Role.SUPERVISOR,), in_circle=True)
# Whoever may start programs on the server could read files and keys anyway; what he does is written down.

app = typer.Typer(
    help=said(
        "Rekaman: daftar, periksa keutuhan, tahan dari penghapusan, ambil satu salinan, ganti kunci.",
        "Recordings: list, verify, hold, take one copy, change the key.",
    ),
    no_args_is_help=True,
)
Call = Annotated[str, typer.Argument(help=said("Id panggilan.", "The call's id."))]
Why = Annotated[
    str, typer.Option("--reason", help=said("Alasan; dicatat di jurnal.", "Why; goes to the journal."))
]


def add_to(root: typer.Typer) -> None:
    """Add `siaga recordings`."""
    root.add_typer(app, name="recordings")


def _files(house: House) -> RecordingFiles:
    return RecordingFiles(house.settings.recordings, KeyRing(house.settings.recording_key_folder))


async def _kept(house: House) -> list[Recording]:
    async def look(tx: Transaction) -> list[Recording]:
        return await tx.find(Recording, erased_at=None, order=("saved_at", "id"))

    return await house.archive.look(look)


@app.command("list", help=said("Rekaman yang tersimpan, yang tertua dulu.", "What is kept, oldest first."))
def listed(
    held: Annotated[
        bool, typer.Option("--held", help=said("Hanya yang ditahan.", "Only those held."))
    ] = False,
) -> None:
    """One line a recording."""

    async def work(house: House) -> list[Recording]:
        return await _kept(house)

    for one in in_the_house(work):
        if held and one.held_at is None:
            continue
        mark = said("ditahan", "held") if one.held_at else ""
        print(
            f"{one.saved_at:%Y-%m-%d %H:%M:%S}Z  {one.call}  {one.seconds:8.1f} s  {one.file}  {mark}".rstrip()
        )


@app.command(
    help=said(
        "Periksa setiap rekaman terhadap sidiknya di jurnal. Kode keluar 1 bila ada yang hilang atau berubah.",
        "Check every recording against its hash in the journal. Exit code 1 when one is missing or was altered.",
    )
)
def verify() -> None:
    """Reads every file once; files nobody knows of are named too."""

    async def work(house: House) -> tuple[int, list[str]]:
        kept, hashes, files = await _kept(house), await _journal_hashes(house), _files(house)
        looked = [await asyncio.to_thread(_problem, files, one, hashes.get(one.file)) for one in kept]
        strangers = {str(path.relative_to(files.folder)) for path in files.folder.rglob("*.rec")}
        strangers -= {one.file for one in kept}
        unknown = said("tidak ada di catatan", "not in the records")
        problems = [*filter(None, looked), *(f"{name}: {unknown}" for name in sorted(strangers))]
        return len(kept), problems

    count, problems = in_the_house(work)
    for problem in problems:
        complain(problem)
    if problems:
        complain(
            said(
                f"{len(problems)} masalah pada {count} rekaman.",
                f"{len(problems)} problems in {count} recordings.",
            )
        )
        raise typer.Exit(EXIT_REFUSED)
    say(f"{count} rekaman utuh, sama dengan jurnal.", f"{count} recordings are whole, as the journal says.")


async def _journal_hashes(house: House) -> dict[str, str]:
    """The hash each file had when it was saved: from the journal, which nobody can alter unnoticed, not the row."""
    rows = await house.archive.rows(
        "select entry::jsonb #>> '{data,file}' as file, entry::jsonb #>> '{data,sha256}' as sha256 from journal "
        "where city_id = $1 and name = 'call.recording_saved.v1'"
    )
    return {row["file"]: row["sha256"] for row in rows}


def _problem(files: RecordingFiles, one: Recording, in_journal: str | None) -> str:
    """What is wrong with one recording; "" when nothing is."""
    if in_journal is None or in_journal != one.sha256:
        return f"{one.file}: {said('catatan tidak sama dengan jurnal', 'the record is not what the journal says')}"
    try:
        with SealedSound(files.path_of(one), one.call, files.keys) as sound:
            found = sound.examine()
    except FileNotFoundError:
        return f"{one.file}: {said('HILANG', 'MISSING')}"
    except KeyMissing as missing:
        return f"{one.file}: {said('kuncinya tidak ada', 'its key is not here')}: {missing}"
    except NotSealed as wrong:
        return f"{one.file}: {said('BERUBAH', 'ALTERED')}: {wrong}"
    if not found.is_whole or found.sha256 != in_journal:
        return f"{one.file}: {said('BERUBAH', 'ALTERED')} ({len(found.bad)} {said('bagian', 'chunks')})"
    return ""


@app.command(help=said("Tahan satu rekaman dari penghapusan.", "Keep one recording from being erased."))
def hold(call: Call, reason: Why) -> None:
    """A legal hold."""
    _act(actions.hold_recording, call, reason)
    say("Ditahan.", "Held.")


@app.command(help=said("Lepas penahanan satu rekaman.", "Lift the hold of one recording."))
def release(call: Call, reason: Why) -> None:
    """Its time counts again."""
    _act(actions.release_recording, call, reason)
    say("Penahanan dilepas.", "The hold is lifted.")


def _act(action: Any, call: str, reason: str) -> None:
    async def work(house: House) -> None:
        await house.archive.do(action, call=call, reason=reason, by=BOSS, now=clock.now())

    in_the_house(work)


@app.command(
    help=said(
        "Tulis salinan satu rekaman sebagai WAV (tidak tersandi lagi). Dicatat di jurnal.",
        "Write a copy of one recording as WAV (no longer sealed). The journal says so.",
    )
)
def export(
    call: Call,
    file: Annotated[Path, typer.Argument(help=said("Berkas WAV tujuan.", "The WAV file to write."))],
    reason: Why,
) -> None:
    """First it is recorded who takes a copy and why, then it is written."""
    if file.exists():
        complain(said(f"{file} sudah ada.", f"{file} exists already."))
        raise typer.Exit(EXIT_REFUSED)

    async def work(house: House) -> str:
        kept = await house.archive.do(
            actions.export_recording, call=call, reason=reason, by=BOSS, now=clock.now()
        )
        files = _files(house)
        with (
            SealedSound(files.path_of(kept), kept.call, files.keys) as sound,
            _whole_or_not_at_all(file) as out,
        ):
            return wav_file(sound, out)

    try:
        digest = in_the_house(work)
    except (KeyMissing, NotSealed) as wrong:
        complain(str(wrong))
        raise typer.Exit(EXIT_REFUSED) from None
    say(f"{file} ditulis. SHA-256: {digest}", f"{file} written. SHA-256: {digest}")


@contextlib.contextmanager
def _whole_or_not_at_all(file: Path) -> Iterator[Any]:
    descriptor, name = tempfile.mkstemp(dir=file.parent, prefix=f".{file.name}.")
    try:
        with os.fdopen(descriptor, "wb") as out:
            yield out
            out.flush()
            os.fsync(out.fileno())
        os.replace(name, file)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


@app.command(
    "new-key",
    help=said(
        "Buat kunci baru: rekaman berikutnya disegel dengannya. --rewrap: juga yang lama.",
        "Make a new key: recordings from now on are sealed with it. --rewrap: the old ones too.",
    ),
)
def new_key(
    wrap_again: Annotated[
        bool,
        typer.Option(
            "--rewrap", help=said("Pindahkan rekaman lama ke kunci baru.", "Move old recordings to it.")
        ),
    ] = False,
) -> None:
    """Old keys stay until nothing needs them; `--rewrap` says which may go."""

    async def work(house: House) -> tuple[int, list[str], list[Path]]:
        files = _files(house)
        number = files.keys.new().number
        if not wrap_again:
            return number, [], []
        problems = await asyncio.to_thread(_rewrap_all, files)
        return number, problems, _unneeded(files)

    number, problems, unneeded = in_the_house(work)
    say(f"Kunci {number:04} dibuat. Simpan salinannya.", f"Key {number:04} is made. Keep a copy of it.")
    for problem in problems:
        complain(problem)
    for path in unneeded:
        say(f"Tidak diperlukan lagi: {path}", f"Needed no longer: {path}")
    if problems:
        raise typer.Exit(EXIT_REFUSED)


def _rewrap_all(files: RecordingFiles) -> list[str]:
    problems = []
    for path in sorted(files.folder.rglob("*.rec")):
        try:
            rewrap(path, path.stem, files.keys)
        except (KeyMissing, NotSealed, OSError) as wrong:
            problems.append(str(wrong))
    return problems


def _unneeded(files: RecordingFiles) -> list[Path]:
    """Key files no recording was sealed with, the newest excepted; recordings that grow now count as well."""
    needed = set()
    for path in files.folder.rglob("*.rec*"):
        with contextlib.suppress(NotSealed, FileNotFoundError):
            needed.add(key_of(path))
    return [
        files.keys.folder / f"{key.number:04}.key" for key in files.keys.all()[:-1] if key.id not in needed
    ]
