"""The words of the report; Indonesian here, other languages in the catalogue."""

from __future__ import annotations

from collections.abc import Callable

Words = Callable[[str], str]

CHOICE_LABELS = {
    "hari-ini": "Hari ini",
    "7-hari": "7 hari",
    "30-hari": "30 hari",
    "bulan-ini": "Bulan ini",
}
MIX_LABELS = {
    "real": "Kejadian",
    "ghost": "Senyap",
    "prank": "Iseng",
    "information": "Informasi",
    "wrong_number": "Salah sambung",
    "outside_area": "Di luar wilayah",
    "abandoned": "Ditutup penelepon sebelum dijawab",
    "lost": "Terputus karena gangguan kami",
    "undecided": "Jenisnya belum disebut",
    "live": "Sedang berlangsung",
}
CHANNEL_LABELS = {"voice": "Telepon", "panic": "Tombol darurat", "text": "Pesan"}
INTERVAL_LABELS = {
    "answering": "Dering sampai dijawab",
    "abandoning": "Dering sampai ditutup penelepon",
    "classifying": "Dijawab sampai jenisnya disebut",
    "processing": "Dijawab sampai diteruskan ke OPD",
    "acknowledging": "Diteruskan sampai diterima OPD",
    "arrival": "Diteruskan sampai OPD pertama di TKP",
}
STEP_LABELS = {"day": "Kejadian per hari", "week": "Kejadian per minggu", "month": "Kejadian per bulan"}
TABLE_LABELS = {
    "kelompok": "Kelompok laporan",
    "jenis": "Jenis kejadian",
    "wilayah": "Kecamatan dan kelurahan",
    "waktu": "Waktu",
    "panggilan": "Jenis panggilan",
    "kecepatan": "Kecepatan",
    "keterangan": "Keterangan",
}
COLUMN_LABELS = {
    "count": "Jumlah",
    "low": "Rentang 95 % dari",
    "high": "Rentang 95 % sampai",
    "before": "Periode sebelumnya",
    "from": "Mulai",
    "what": "Ukuran",
    "p50": "P50 (detik)",
    "p90": "P90 (detik)",
    "n": "Jumlah terukur",
    "missing": "Tanpa waktu",
    "code": "Kode",
    "in_time": "Tepat waktu",
}
NOTE_LABELS = {
    "hidden": "tersembunyi",
    "period": "Periode",
    "made": "Dibuat",
    "total": "Jumlah kejadian",
    "merged": "Digabung ke kejadian lain, tidak dihitung lagi",
    "demo": "Kejadian CONTOH, tidak dihitung",
    "protected": "Kasus terlindung tidak termasuk.",
    "all_agencies": "Semua OPD",
    "all_channels": "Semua saluran",
    "within": "Dijawab dalam {seconds} detik",
    "interval": "Rentang 95 %: Poisson, Garwood (1936). P50 dan P90: peringkat terdekat, tanpa rata-rata.",
}
