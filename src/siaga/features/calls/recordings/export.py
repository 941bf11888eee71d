"""The page of text that goes with a copy of a recording, so that whoever gets it can check what it is."""

from __future__ import annotations

import hashlib
from collections.abc import Callable
from datetime import datetime
from typing import BinaryIO

from siaga.domain.call import Call
from siaga.domain.city import City
from siaga.domain.incident import Incident
from siaga.domain.recording import Recording
from siaga.domain.roles import Viewer
from siaga.domain.sound_shape import wav_header
from siaga.features.calls.recordings.files import Opened
from siaga.records.sealed_sound import SealedSound

Words = Callable[..., str]


def wav_file(sound: SealedSound, out: BinaryIO) -> str:
    """Write the whole sound as a WAV; returns the file's SHA-256. A chunk that was altered is silent."""
    digest = hashlib.sha256()
    header = wav_header(sound.size)
    digest.update(header)
    out.write(header)
    for piece, _ in sound.pieces():
        digest.update(piece)
        out.write(piece)
    return digest.hexdigest()


def cover_text(
    wav_sha256: str, *, city: City, call: Call, incident: Incident | None, kept: Recording, opened: Opened,
    reason: str, viewer: Viewer, now: datetime, words: Words,
) -> str:  # fmt: skip
    """Times in the city's zone with their offset; both hashes and how to check them. No caller's number."""

    def at(moment: datetime | None) -> str:
        return moment.astimezone(city.zone).isoformat(sep=" ", timespec="seconds") if moment else "-"

    if opened.is_as_saved(kept):
        state = words("Utuh: sama dengan sidik di jurnal saat rekaman disimpan.")
    else:
        state = words(
            "TIDAK SAMA dengan sidik di jurnal. Bagian yang tidak terbaca: {count}; dibunyikan senyap.",
            count=len(opened.bad_seconds),
        )
    if opened.was_mended:
        state += " " + words("Akhirnya terpotong karena gangguan server saat merekam.")
    number = f"{incident.year}-{incident.number}" if incident is not None else "-"
    lines = [
        words("SALINAN REKAMAN PANGGILAN 112 – {place}", place=city.full_name),
        "",
        *(f"{label}: {value}" for label, value in (
            (words("Id panggilan"), call.id),
            (words("Nomor kejadian"), number),
            (words("Waktu masuk"), at(call.arrived_at)),
            (words("Dijawab"), at(call.answered_at)),
            (words("Berakhir"), at(call.ended_at)),
            (words("Panjang rekaman (detik)"), f"{opened.seconds:.2f}"),
            (words("Saluran kiri"), words("penelepon")),
            (words("Saluran kanan"), words("petugas dan pengumuman")),
            (words("Keadaan"), state),
            (words("SHA-256 bunyi di jurnal"), kept.sha256),
            (words("SHA-256 bunyi salinan ini"), opened.sha256),
            (words("SHA-256 berkas WAV ini"), wav_sha256),
            (words("Diunduh oleh"), viewer.name),
            (words("Diunduh pada"), at(now)),
            (words("Keperluan"), reason.strip()),
        )),
        "",
        words("Periksa: sha256sum berkas.wav; sidik bunyi: tail -c +45 berkas.wav | sha256sum"),
        "",
    ]  # fmt: skip
    return "\n".join(lines)
