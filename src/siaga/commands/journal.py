"""`siaga journal ...`: prove that nothing in the journal was altered, also from a copy kept elsewhere."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import asyncpg
import typer

from siaga.commands.open_house import EXIT_REFUSED, House, in_the_house
from siaga.commands.terminal import complain, said, say
from siaga.records.journal import (
    ALTERED,
    BEGINNING,
    COLUMNS_ALTERED,
    MISSING_AT_END,
    MISSING_BEFORE,
    Line,
    Verdict,
    as_text,
    from_text,
    goes_on_from,
    stored_lines,
    verify_lines,
    verify_table,
)

app = typer.Typer(
    no_args_is_help=True,
    help=said(
        "Jurnal: buktikan bahwa tidak ada yang diubah, simpan salinannya di tempat lain.",
        "The journal: prove that nothing was altered, keep a copy elsewhere.",
    ),
)

REASONS = {
    ALTERED: "entri ini, atau entri sebelumnya, telah diubah",
    MISSING_BEFORE: "entri sebelumnya hilang",
    MISSING_AT_END: "entri di bagian akhir hilang",
    COLUMNS_ALTERED: "kolom di samping entri telah diubah",
}


def add_to(parent: typer.Typer) -> None:
    """Add `siaga journal`."""
    parent.add_typer(app, name="journal")


@app.command(
    help=said(
        "Periksa rantai sidik seluruh jurnal, atau salinannya.",
        "Verify the hash chain of the whole journal, or of a copy.",
    )
)
def verify(
    copy: Annotated[
        Path | None,
        typer.Option(
            help=said(
                "Salinan dari `siaga journal export`: diperiksa, lalu dibandingkan dengan jurnal yang berjalan.",
                "A copy made by `siaga journal export`: verified, then compared with the live journal.",
            )
        ),
    ] = None,
    alone: Annotated[
        bool,
        typer.Option(
            "--alone",
            help=said(
                "Hanya salinannya, tanpa basis data (di komputer lain).",
                "Only the copy, without the database (on another computer).",
            ),
        ),
    ] = False,
) -> None:
    """Exit code 0: whole; 1: altered, and the first altered position is named."""
    copied = _verify_copy(copy) if copy is not None else None
    if copied is not None:
        _say(copied, said(f"Salinan {copy}", f"The copy {copy}"))
        if alone:
            return

    async def work(house: House) -> tuple[Verdict, bool]:
        connection = await house.archive.connect_for_long_reads()
        try:
            verdict = await verify_table(connection, house.city.code)
            same = copied is None or await goes_on_from(connection, house.city.code, copied)
        finally:
            await connection.close()
        return verdict, same

    verdict, same = in_the_house(work)
    _say(verdict, said("Jurnal", "The journal"))
    if not same:
        complain(
            said(
                "TIDAK SAMA: jurnal yang berjalan bukan kelanjutan dari salinan ini. "
                "Jurnal ditulis ulang sesudah salinan dibuat, atau salinan ini dari kota lain.",
                "NOT THE SAME: the live journal does not go on from this copy. "
                "It was rewritten after the copy was made, or the copy is of another city.",
            )
        )
        raise typer.Exit(EXIT_REFUSED)


@app.command(
    help=said(
        "Tulis seluruh jurnal ke sebuah berkas: satu baris tiap entri (posisi, sidik, entri).",
        "Write the whole journal to a file: one line an entry (position, hash, entry).",
    )
)
def export(
    file: Annotated[Path, typer.Argument(help=said("Berkas tujuan.", "The file to write."))],
) -> None:
    """The journal carries references, never names, numbers or voices, so a copy may be kept elsewhere."""

    async def work(house: House) -> Verdict:
        connection = await house.archive.connect_for_long_reads()
        try:
            return await _write_copy(connection, house.city.code, file)
        finally:
            await connection.close()

    written = in_the_house(work)
    fingerprint = written.last_hash.hex()
    say(
        f"{written.entries} entri ditulis ke {file}. Sidik terakhir: {fingerprint}",
        f"{written.entries} entries written to {file}. Last hash: {fingerprint}",
    )


async def _write_copy(connection: asyncpg.Connection, city_id: str, file: Path) -> Verdict:
    """The copy appears under its name only when it is whole and on disk."""
    unfinished = file.with_name(f".{file.name}.new")
    last: Line = (0, BEGINNING, "")
    with open(unfinished, "w", encoding="utf-8", newline="\n") as target:  # noqa: ASYNC230 - nothing else runs
        async with connection.transaction(isolation="repeatable_read", readonly=True):
            async for last in stored_lines(connection, city_id):
                target.write(as_text(last))
        target.flush()
        os.fsync(target.fileno())
    unfinished.replace(file)
    return Verdict(last[0], last[1])


def _verify_copy(copy: Path) -> Verdict:
    try:
        return verify_lines(_lines_of(copy))
    except OSError as error:
        complain(f"{copy}: {error.strerror}")
    except ValueError as error:
        complain(
            said(f"{copy}: bukan salinan jurnal ({error}).", f"{copy}: not a copy of a journal ({error}).")
        )
    raise typer.Exit(EXIT_REFUSED)


def _lines_of(copy: Path) -> Iterator[Line]:
    with open(copy, encoding="utf-8", newline="\n") as source:
        for text in source:
            yield from_text(text)


def _say(verdict: Verdict, what: str) -> None:
    if verdict.is_whole:
        fingerprint = verdict.last_hash.hex()
        say(
            f"{what} utuh: {verdict.entries} entri, sidik terakhir {fingerprint}",
            f"{what} is whole: {verdict.entries} entries, last hash {fingerprint}",
        )
        return
    reason = said(REASONS.get(verdict.reason, verdict.reason), verdict.reason)
    complain(
        said(
            f"{what} TIDAK UTUH pada posisi {verdict.broken_at}: {reason}.",
            f"{what} is NOT WHOLE at position {verdict.broken_at}: {reason}.",
        )
    )
    raise typer.Exit(EXIT_REFUSED)
