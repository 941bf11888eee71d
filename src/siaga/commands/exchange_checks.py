"""What `siaga doctor` says about the office's exchange, when that carries the calls."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from datetime import datetime

from siaga.adapters.phone.asterisk.ari import Ari, AriAway, AriRefused, NotThere
from siaga.adapters.phone.asterisk.exchange import VOICE_MODULE
from siaga.adapters.phone.asterisk.options import AsteriskOptions, asterisk_options_of
from siaga.processes import doctor
from siaga.processes.finding import Finding, fault, fine, warning
from siaga.processes.trouble import Words
from siaga.settings import SettingInvalid, Settings

RECIPE = "docs/recipes/connect-an-ip-pbx.md"
VERSION_MIN = 18  # external media came with 16.6; older releases than 18 are looked after by nobody
STATUS_NOT_ALLOWED = frozenset({401, 403})


def exchange(settings: Settings, _now: datetime) -> Iterator[Finding]:
    """Whether the exchange can be asked, is new enough, can send us voices, and has our application."""
    if settings.phone_engine != "asterisk":
        return
    try:
        options = asterisk_options_of(settings)
    except SettingInvalid as wrong:
        yield fault("exchange", Words(str(wrong), str(wrong)), Words(f"Lihat {RECIPE}", f"See {RECIPE}"))
        return
    try:
        yield from asyncio.run(_asked(options, running=doctor.is_running(settings), settings=settings))
    except AriAway as away:
        yield fault(
            "exchange",
            Words(f"Sentral telepon di {options.url} tidak menjawab ({away}).",
                  f"The exchange at {options.url} does not answer ({away})."),
            Words(f"Nyalakan Asterisk dan HTTP-nya (http.conf), periksa SIAGA_ARI_URL; lihat {RECIPE}",
                  f"Start Asterisk and its HTTP (http.conf), check SIAGA_ARI_URL; see {RECIPE}"),
        )  # fmt: skip
    except AriRefused as refused:
        who = "ARI user or password" if refused.status in STATUS_NOT_ALLOWED else "ARI"
        yield fault(
            "exchange",
            Words(f"Sentral telepon menolak kita: {refused}.", f"The exchange refuses us: {refused}."),
            Words(f"Periksa {who} di ari.conf; lihat {RECIPE}", f"Check {who} in ari.conf; see {RECIPE}"),
        )


async def _asked(options: AsteriskOptions, *, running: bool, settings: Settings) -> list[Finding]:
    ari = Ari(options)
    try:
        info = await ari.ask("GET", "asterisk", "info")
        try:
            module = await ari.ask("GET", "asterisk", "modules", VOICE_MODULE)
        except NotThere:
            module = None
        try:
            await ari.ask("GET", "applications", options.app)
            registered = True
        except NotThere:
            registered = False
    finally:
        await ari.close()
    found = [_version(info, options), _voices(module)]
    if registered or running:
        found.append(_application(options.app, registered=registered))
    if not settings.ari_numbers:
        found.append(
            warning(
                "exchange-numbers",
                Words("Nomor tidak dapat ditelepon lewat sentral.", "No number can be dialled through the exchange."),
                Words("Isi SIAGA_ARI_NUMBERS, misalnya PJSIP/{number}@operator", "Set SIAGA_ARI_NUMBERS, for example PJSIP/{number}@operator"),  # noqa: E501
            )
        )  # fmt: skip
    return found


def _version(info: object, options: AsteriskOptions) -> Finding:
    system = info.get("system") if isinstance(info, dict) else None
    version = str(system.get("version", "")) if isinstance(system, dict) else ""
    major = version.split(".")[0].removeprefix("certified/").split("-")[0]
    if major.isdigit() and int(major) >= VERSION_MIN:
        text = f"Asterisk {version} ({options.url})."
        return fine("exchange", f"Sentral: {text}", f"Exchange: {text}")
    return warning(
        "exchange",
        Words(f"Asterisk {version or '?'} belum pernah dicoba.", f"Asterisk {version or '?'} is not known to work."),
        Words(f"Pakai Asterisk {VERSION_MIN} atau lebih baru.", f"Use Asterisk {VERSION_MIN} or newer."),
    )  # fmt: skip


def _voices(module: object) -> Finding:
    if isinstance(module, dict) and module.get("status") == "Running":
        return fine("exchange-voices", "Suara dapat dikirim ke Siaga.", "Voices can be sent to Siaga.")
    return fault(
        "exchange-voices",
        Words(f"Modul {VOICE_MODULE} tidak dimuat: tidak ada suara.", f"The module {VOICE_MODULE} is not loaded: no voice."),  # noqa: E501
        Words(f"Muat: asterisk -rx 'module load {VOICE_MODULE}', dan tulis di modules.conf", f"Load it: asterisk -rx 'module load {VOICE_MODULE}', and write it into modules.conf"),  # noqa: E501
    )  # fmt: skip


def _application(app: str, *, registered: bool) -> Finding:
    if registered:
        return fine("exchange-app", f"Aplikasi {app} terdaftar.", f"The application {app} is registered.")
    return fault(
        "exchange-app",
        Words(f"Siaga berjalan, tetapi aplikasi {app} tidak terdaftar di sentral.",
              f"Siaga runs, but the application {app} is not registered at the exchange."),
        Words("Lihat catatan proses telepon: logs/phone.log", "See the telephone process's log: logs/phone.log"),
    )  # fmt: skip
