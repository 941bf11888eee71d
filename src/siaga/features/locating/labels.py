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
NO_CALL = "Tidak ada panggilan di lembar ini."
ASKED = "Jaringan ditanya ulang."
SHARES = "Halaman penelepon masih mengirim lokasi dengan sendirinya."
NO_PLACE = "jaringan menjawab tanpa lokasi"
REBID_LABELS = {"asked": ASKED, "shares": SHARES, "no_call": NO_CALL}
TROUBLE_LABELS = {
    # what stands before the colon of LocationAsk.trouble
    "cell": "sel tidak ada di tabel kota",
    "refused": "jaringan menolak",
    "silent": "jaringan tidak menjawab",
    "large": "jawaban jaringan terlalu besar",
    "empty": NO_PLACE,
}
ASK_LABELS = {
    AskKind.CELL: "BTS",
    AskKind.REFERENCE: "Jaringan",
    AskKind.SERVER: "Jaringan",
    AskKind.SMS_LINK: "Tautan SMS",
}
