"""The words of the command line as data: verbs with their spellings, what follows each, and the words for states.

The same table is read by the parser, by the list that ``?`` shows and by docs/keys.md. Sentences are msgids.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from siaga.domain.incident import Outcome
from siaga.domain.unit import UnitStatus


class Verb(StrEnum):
    """An act that can be typed. The value is the word it is written with."""

    SEND = "D"
    EN_ROUTE = "EN"
    ON_SCENE = "TB"
    TRANSPORT = "BW"
    FINISH = "SL"
    STATUS = "U"
    OUT = "TS"
    NOTE = "N"
    PRIORITY = "P"
    MERGE = "G"
    AGENCIES = "O"
    CLOSE = "T"
    OPEN = "K"
    CALLER = "C"
    SHOW = "L"
    PAGE = "VI"
    REMIND = "W"
    UNDO = "Z"
    HELP = "?"


class Part(StrEnum):
    """Something that follows a verb. The value is the field of ``Command`` it fills."""

    UNITS = "units"
    UNIT = "unit"
    INCIDENT = "incident"
    OTHER = "other"
    STATUS = "status"
    PRIORITY = "priority"
    AGENCIES = "agencies"
    OUTCOME = "outcome"
    KIND = "kind"
    WHERE = "where"
    NUMBER = "number"
    SUBJECT = "subject"
    MINUTES = "minutes"
    TEXT = "text"


PART_LABELS: dict[Part, str] = {
    Part.UNITS: "unit, unit …",
    Part.UNIT: "unit",
    Part.INCIDENT: "nomor kejadian",
    Part.OTHER: "nomor kejadian kedua",
    Part.STATUS: "status",
    Part.PRIORITY: "prioritas 1–4",
    Part.AGENCIES: "kode OPD, OPD …",
    Part.OUTCOME: "akibat",
    Part.KIND: "jenis",
    Part.WHERE: "lokasi",
    Part.NUMBER: "nomor telepon",
    Part.SUBJECT: "unit atau nomor kejadian",
    Part.MINUTES: "menit",
    Part.TEXT: "teks",
}


@dataclass(frozen=True, kw_only=True)
class VerbWords:
    """One verb: its other spellings, and what must and may follow."""

    verb: Verb
    also: tuple[str, ...] = ()
    needs: tuple[Part, ...] = ()
    may: tuple[Part, ...] = ()

    @property
    def what(self) -> str:
        """What it does, in a few words (msgid)."""
        return VERB_LABELS[self.verb]

    @property
    def parts(self) -> tuple[Part, ...]:
        return (*self.needs, *self.may)


VERB_LABELS: dict[Verb, str] = {
    Verb.SEND: "Kirim unit ke kejadian",
    Verb.EN_ROUTE: "Unit menuju",
    Verb.ON_SCENE: "Unit tiba di TKP",
    Verb.TRANSPORT: "Unit membawa korban",
    Verb.FINISH: "Unit selesai",
    Verb.STATUS: "Ubah status unit",
    Verb.OUT: "Unit tidak siap",
    Verb.NOTE: "Catatan pada kejadian",
    Verb.PRIORITY: "Ubah prioritas",
    Verb.MERGE: "Gabung kejadian pertama ke yang kedua",
    Verb.AGENCIES: "Teruskan ke OPD",
    Verb.CLOSE: "Tutup kejadian dengan akibatnya",
    Verb.OPEN: "Kejadian baru, dipisah titik koma",
    Verb.CALLER: "Cari riwayat penelepon (dicatat)",
    Verb.SHOW: "Lihat di peta",
    Verb.PAGE: "Buka halaman kejadian",
    Verb.REMIND: "Ingatkan saya",
    Verb.UNDO: "Batalkan tindakan terakhir (10 detik)",
    Verb.HELP: "Daftar perintah",
}
GRAMMAR: tuple[VerbWords, ...] = (
    VerbWords(verb=Verb.SEND, also=("KIRIM",),
              needs=(Part.UNITS, Part.INCIDENT), may=(Part.TEXT,)),
    VerbWords(verb=Verb.EN_ROUTE, also=("JL", "MENUJU"),
              needs=(Part.UNIT,), may=(Part.INCIDENT,)),
    VerbWords(verb=Verb.ON_SCENE, also=("A", "TIBA"),
              needs=(Part.UNIT,), may=(Part.INCIDENT,)),
    VerbWords(verb=Verb.TRANSPORT, also=("BAWA",),
              needs=(Part.UNIT,), may=(Part.TEXT,)),
    VerbWords(verb=Verb.FINISH, also=("CU", "F", "SELESAI"),
              needs=(Part.UNIT,), may=(Part.TEXT,)),
    VerbWords(verb=Verb.STATUS, also=("UBAH",),
              needs=(Part.UNIT, Part.STATUS), may=(Part.INCIDENT,)),
    VerbWords(verb=Verb.OUT, also=("OS",), needs=(Part.UNIT,)),
    VerbWords(verb=Verb.NOTE, also=("CATAT",), needs=(Part.INCIDENT, Part.TEXT)),
    VerbWords(verb=Verb.PRIORITY, also=("PRIO",), needs=(Part.INCIDENT, Part.PRIORITY)),
    VerbWords(verb=Verb.MERGE, also=("GABUNG",),
              needs=(Part.INCIDENT, Part.OTHER)),
    VerbWords(verb=Verb.AGENCIES, also=("TERUSKAN",),
              needs=(Part.INCIDENT, Part.AGENCIES)),
    VerbWords(verb=Verb.CLOSE, also=("TUTUP",),
              needs=(Part.INCIDENT, Part.OUTCOME), may=(Part.OTHER,)),
    VerbWords(verb=Verb.OPEN, also=("II", "BARU"),
              needs=(Part.KIND, Part.WHERE), may=(Part.TEXT,)),
    VerbWords(verb=Verb.CALLER, also=("CARI",), needs=(Part.NUMBER,)),
    VerbWords(verb=Verb.SHOW, also=("LIHAT",), needs=(Part.SUBJECT,)),
    VerbWords(verb=Verb.PAGE, also=("BUKA",), needs=(Part.INCIDENT,)),
    VerbWords(verb=Verb.REMIND, also=("INGATKAN",), needs=(Part.MINUTES, Part.TEXT)),
    VerbWords(verb=Verb.UNDO, also=("BATAL",)),
    VerbWords(verb=Verb.HELP, also=("BANTUAN",)),
)  # fmt: skip

SEND_AND: dict[str, UnitStatus] = {"DE": UnitStatus.EN_ROUTE, "DO": UnitStatus.ON_SCENE}
# Rooms that dispatch by radio type these when the crew already rolls, or already stands there.

VERBS: dict[Verb, VerbWords] = {words.verb: words for words in GRAMMAR}
SPELLINGS: dict[str, Verb] = {
    **{spelling: words.verb for words in GRAMMAR for spelling in (words.verb.value, *words.also)},
    **dict.fromkeys(SEND_AND, Verb.SEND),
}

STATUS_WORDS: dict[str, UnitStatus] = {
    **{status.value: status for status in UnitStatus},
    "SIAP": UnitStatus.READY,
    "DITUGASKAN": UnitStatus.ASSIGNED,
    "MENUJU": UnitStatus.EN_ROUTE,
    "TIBA": UnitStatus.ON_SCENE,
    "TKP": UnitStatus.ON_SCENE,
    "MEMBAWA": UnitStatus.TRANSPORTING,
    "RUMAHSAKIT": UnitStatus.AT_HOSPITAL,
    "KEMBALI": UnitStatus.RETURNING,
    "TIDAKSIAP": UnitStatus.OUT_OF_SERVICE,
    "OS": UnitStatus.OUT_OF_SERVICE,
}
STATUS_LABELS: dict[UnitStatus, str] = {
    UnitStatus.READY: "Siap",
    UnitStatus.ASSIGNED: "Ditugaskan",
    UnitStatus.EN_ROUTE: "Menuju",
    UnitStatus.ON_SCENE: "Di TKP",
    UnitStatus.TRANSPORTING: "Membawa",
    UnitStatus.AT_HOSPITAL: "Di rumah sakit",
    UnitStatus.RETURNING: "Kembali",
    UnitStatus.OUT_OF_SERVICE: "Tidak siap",
}
OUTCOME_WORDS: dict[str, Outcome] = {
    "DITANGANI": Outcome.HANDLED,
    "SELESAI": Outcome.HANDLED,
    "PALSU": Outcome.FALSE_ALARM,
    "SAMA": Outcome.DUPLICATE,
    "DIALIHKAN": Outcome.HANDED_OVER,
    "TIDAKDITEMUKAN": Outcome.NOT_FOUND,
    "NIHIL": Outcome.NOT_FOUND,
    "DIBATALKAN": Outcome.CANCELLED,
    "BATAL": Outcome.CANCELLED,
}
