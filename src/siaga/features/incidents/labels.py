"""The words for states and outcomes; Indonesian here, other languages in the catalogue."""

from __future__ import annotations

from collections.abc import Callable

Words = Callable[[str], str]

STATE_LABELS = {
    "sent": "diteruskan, belum diterima",
    "acknowledged": "menerima",
    "on_scene": "di TKP",
    "done": "selesai",
    "declined": "bukan wewenangnya",
    "withdrawn": "dibebaskan",
}

OUTCOME_LABELS = {
    "handled": "ditangani",
    "false_alarm": "laporan palsu",
    "duplicate": "sama dengan kejadian lain",
    "handed_over": "dialihkan",
    "not_found": "tidak ditemukan",
    "cancelled": "dibatalkan",
}
