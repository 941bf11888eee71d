"""`siaga up` runs everything on this machine; `siaga serve NAME` is one of its processes."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import Sequence
from typing import Annotated

import segno
import typer

from siaga import clock, services
from siaga.city_files import CityUnreadable
from siaga.commands.terminal import complain, language, said, say, step
from siaga.features.people.first_run import ROLE_LABELS, Account
from siaga.processes import certificate, doctor
from siaga.processes.binaries import MAJOR_VERSION_MIN
from siaga.processes.child import Service
from siaga.processes.database_check import try_to_reach
from siaga.processes.finding import Level
from siaga.processes.home import make_home
from siaga.processes.network import local_url, public_url, reachable
from siaga.processes.pulse import PULSE_ENV, leave_when_orphaned
from siaga.processes.supervisor import Supervisor
from siaga.processes.trouble import Trouble, Words
from siaga.records.migrate import DatabaseNewer, ServerTooOld
from siaga.services import SERVICES
from siaga.settings import Settings

SIP_PORT_USUAL = 5060
EMERGENCY_NUMBER = "112"


def add_to(app: typer.Typer) -> None:
    """Add `siaga up` and `siaga serve`."""
    app.command("up", help=said("Jalankan semuanya di mesin ini.", "Run everything on this machine."))(up)
    app.command(
        "serve",
        help=said(
            "Jalankan satu layanan saja (dipakai oleh up, systemd, atau kontainer).",
            "Run a single service (used by up, systemd or a container).",
        ),
    )(serve)


def up(
    demo: Annotated[
        bool, typer.Option("--demo", help=said("Akun contoh dan tanda CONTOH.", "Demo accounts."))
    ] = False,
    host: Annotated[
        str | None, typer.Option(help=said("Alamat HTTPS dan SIP.", "Address for HTTPS and SIP."))
    ] = None,
    http_port: Annotated[int | None, typer.Option(help=said("Port HTTP lokal.", "Local HTTP port."))] = None,
    https_port: Annotated[
        int | None, typer.Option(help=said("Port HTTPS; 0: mati.", "HTTPS port; 0: off."))
    ] = None,
    sip_port: Annotated[int | None, typer.Option(help=said("Port SIP.", "SIP port."))] = None,
) -> None:
    """Start the database and every service, say where they are, and keep them alive until Ctrl+C."""
    chosen = {
        "SIAGA_DEMO": "1" if demo else None,
        "SIAGA_HTTPS_HOST": host,
        "SIAGA_SIP_HOST": host,
        "SIAGA_HTTP_PORT": http_port,
        "SIAGA_HTTPS_PORT": https_port,
        "SIAGA_SIP_PORT": sip_port,
    }
    given = {name: str(value) for name, value in chosen.items() if value is not None}
    settings = Settings.from_env({**os.environ, **given})
    supervisor = Supervisor(settings, [_service(name) for name in SERVICES], say=_tell)
    accounts: list[Account] = []

    def prepare() -> None:
        with step("Menyiapkan tabel dan data kota", "Preparing the tables and the city's data"):
            accounts.extend(_first_run(settings))
        say("  Menjalankan layanan ...", "  Starting the services ...")

    _refuse_taken_ports(settings)
    make_home(settings.home)
    if settings.https_port:
        certificate.ensure(settings.certificate, settings.certificate_key, now=clock.now())
    say(
        "Siaga 112 dijalankan. Folder data: " + str(settings.home),
        "Starting Siaga 112. Data folder: " + str(settings.home),
    )
    supervisor.run(
        address=local_url(settings),
        prepare=prepare,
        when_ready=lambda: _welcome(settings, accounts),
    )
    say("Berhenti dengan baik.", "Stopped cleanly.")


def _first_run(settings: Settings) -> Sequence[Account]:
    """The house's first run, with everything a person can put right said as Trouble."""
    from siaga.app import first_run  # loads the whole house; the other commands need not wait for that

    if settings.database_url:
        try_to_reach(settings)
    try:
        return asyncio.run(first_run(settings))
    except CityUnreadable as unreadable:
        problems = "\n".join(unreadable.problems)
        raise Trouble(
            Words(
                f"Data kota di {settings.city} tidak terbaca:\n{problems}",
                f"The city's data in {settings.city} cannot be read:\n{problems}",
            )
        ) from unreadable
    except DatabaseNewer as newer:
        raise Trouble(
            Words(
                f"Basis data berasal dari Siaga yang lebih baru ({newer}). Pasang versi itu.",
                f"The database is of a newer Siaga ({newer}). Install that version.",
            )
        ) from newer
    except ServerTooOld as old:
        raise Trouble(
            Words(
                f"PostgreSQL di DATABASE_URL terlalu tua ({old}); perlu {MAJOR_VERSION_MIN} atau lebih baru.",
                f"The PostgreSQL at DATABASE_URL is too old ({old}); {MAJOR_VERSION_MIN} or newer is needed.",
            )
        ) from old


def serve(name: Annotated[str, typer.Argument(help=", ".join(SERVICES))]) -> None:
    """Run one service in this process until SIGTERM. The database must be running."""
    if name not in SERVICES:
        known = ", ".join(SERVICES)
        raise Trouble(
            Words(f"Layanan {name} tidak ada. Pilih: {known}", f"No service {name}. Choose: {known}")
        )
    if PULSE_ENV in os.environ:
        leave_when_orphaned()
    services.serve(name, Settings.from_env())


def _service(name: str) -> Service:
    return Service(name, (sys.executable, "-P", "-m", "siaga", "serve", name))


def _tell(words: Words) -> None:
    complain(f"{clock.now().astimezone():%H:%M:%S}  {words.spoken(language())}")


def _refuse_taken_ports(settings: Settings) -> None:
    """Say before anything is started which port is taken and by whom."""
    if doctor.is_running(settings):
        return  # the supervisor says it better: Siaga already runs here
    taken = [finding for finding in doctor.ports(settings, clock.now()) if finding.level is Level.FAULT]
    if taken:
        raise Trouble(
            Words(
                "\n".join(f"{one.what.id} {one.remedy.id if one.remedy else ''}" for one in taken),
                "\n".join(f"{one.what.en} {one.remedy.en if one.remedy else ''}" for one in taken),
            )
        )


def sip_address(settings: Settings) -> str:
    """What a SIP telephone dials to reach us."""
    port = "" if settings.sip_port == SIP_PORT_USUAL else f":{settings.sip_port}"
    return f"sip:{EMERGENCY_NUMBER}@{reachable(settings.sip_host)}{port}"


def _welcome(settings: Settings, accounts: Sequence[Account]) -> None:
    """Everything a person needs to begin, on one screen."""
    office = public_url(settings) if settings.https_port or settings.public_url else ""
    print()
    say(f"  Di komputer ini    {local_url(settings)}", f"  On this computer   {local_url(settings)}")
    if office:
        say(f"  Di jaringan kantor {office}", f"  Office network     {office}")
        say(
            "                     (peramban memperingatkan sertifikat buatan sendiri: pilih Lanjutkan)",
            "                     (the browser warns of the self-made certificate: choose Proceed)",
        )
    if settings.phone_engine == "asterisk":
        say(f"  Sentral telepon    {settings.ari_url}", f"  Exchange           {settings.ari_url}")
    else:
        say(f"  Telepon SIP        {sip_address(settings)}", f"  SIP telephone      {sip_address(settings)}")
    if accounts:
        say(
            "\n  Akun pertama. Catat sekarang; sandi tidak ditampilkan lagi.",
            "\n  First accounts. Write them down now; the passwords are not shown again.",
        )
        for account in accounts:
            print(
                f"    {account.username:16} {account.password:18} {account.name}, {ROLE_LABELS[account.roles[0]]}"
            )
    if office:
        print()
        segno.make(office, error="l").terminal(compact=True)
    say("\n  Ctrl+C menghentikan semuanya dengan baik.", "\n  Ctrl+C stops everything cleanly.")
    sys.stdout.flush()
