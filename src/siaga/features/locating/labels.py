"""Words for where a fix came from, as the room says them."""

from __future__ import annotations

from siaga.domain.caller_location import AskKind, LocationSource

SOURCE_LABELS = {
    LocationSource.CELL: "BTS",
    LocationSource.AML: "HP otomatis (AML)",
    LocationSource.SMS_LINK: "Tautan SMS",
    LocationSource.PANIC: "Tombol darurat",
    LocationSource.APP: "Aplikasi",
    LocationSource.TAKER: "Kode dibacakan",
}
ASK_LABELS = {
    AskKind.CELL: "BTS",
    AskKind.REFERENCE: "Jaringan",
    AskKind.SERVER: "Jaringan",
    AskKind.SMS_LINK: "Tautan SMS",
}
