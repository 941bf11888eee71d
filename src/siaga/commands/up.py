"""`siaga up` runs everything on this machine; `siaga serve NAME` is one of its processes."""

from __future__ import annotations

import asyncio
import logging
import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from importlib import import_module
from typing import Annotated, Protocol, cast

import segno
import typer

from siaga import clock
from siaga.commands.terminal import complain, language, said, say, step
from siaga.processes import certificate, doctor
from siaga.processes.child import Service
from siaga.processes.database import dsn
from siaga.processes.finding import Level
from siaga.processes.network import lan_address
from siaga.processes.pulse import PULSE_ENV, Pulse, leave_when_orphaned
from siaga.processes.supervisor import Supervisor
from siaga.processes.trouble import Trouble, Words
from siaga.settings import Settings

SIP_PORT_USUAL = 5060
EVERYWHERE = {"0.0.0.0", "::"}  # noqa: S104  (compared with, not bound to)
EMERGENCY_NUMBER = "112"
LOG_FORMAT = "%(asctime)s %(levelname)s %(name)s %(message)s"


class FirstAccount(Protocol):
    """Somebody who can sign in on a new installation, with the password that is shown only now."""

    role: str
    sign_in: str
    password: str


class ServiceMain(Protocol):
    """A service's main function: works until SIGTERM, calls `pulse.ready()`, runs `pulse.beat_forever()`."""

    def __call__(self, settings: Settings, dsn: str, pulse: Pulse) -> None: ...


class House(Protocol):
    """What `siaga.app` must offer to be started."""

    SERVICES: Mapping[str, ServiceMain]
    """By name, in the order they are started."""

    async def first_run(self, settings: Settings, dsn: str, *, now: datetime) -> Sequence[FirstAccount]:
        """Bring the tables up to date, load the city, and on a new installation make the first accounts (with
        `settings.demo` one for every role). Returns the accounts whose passwords must be shown: empty later on.
        """


def house() -> House:
    """The one place that knows everyone. Loaded when needed, because it loads everything else."""
    return cast(House, import_module("siaga.app"))


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
    known = house()
    services = [
        Service(name, (sys.executable, "-P", "-m", "siaga", "serve", name)) for name in known.SERVICES
    ]
    supervisor = Supervisor(settings, services, say=_tell)
    accounts: list[FirstAccount] = []

    def prepare(address: str) -> None:
        with step("Menyiapkan tabel dan data kota", "Preparing the tables and the city's data"):
            accounts.extend(asyncio.run(known.first_run(settings, address, now=clock.now())))
        say("  Menjalankan layanan ...", "  Starting the services ...")

    _refuse_taken_ports(settings)
    if settings.https_port:
        certificate.ensure(settings.certificate, settings.certificate_key, now=clock.now())
    say(
        "Siaga 112 dijalankan. Folder data: " + str(settings.home),
        "Starting Siaga 112. Data folder: " + str(settings.home),
    )
    supervisor.run(
        address=local_address(settings),
        prepare=prepare,
        when_ready=lambda: _welcome(settings, accounts),
    )
    say("Berhenti dengan baik.", "Stopped cleanly.")


def serve(name: Annotated[str, typer.Argument(help="web, phone, worker")]) -> None:
    """Run one service in this process until SIGTERM. The database must be running."""
    settings = Settings.from_env()
    services = house().SERVICES
    if name not in services:
        known = ", ".join(services)
        raise Trouble(
            Words(f"Layanan {name} tidak ada. Pilih: {known}", f"No service {name}. Choose: {known}")
        )
    logging.basicConfig(level=logging.INFO, format=LOG_FORMAT, stream=sys.stderr)
    if PULSE_ENV in os.environ:
        leave_when_orphaned()
    services[name](settings, dsn(settings), Pulse())


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


def local_address(settings: Settings) -> str:
    """The address for a browser on this machine."""
    if settings.http_port:
        host = "localhost" if settings.web_host in {"127.0.0.1", *EVERYWHERE} else settings.web_host
        return f"http://{host}:{settings.http_port}"
    return f"https://localhost:{settings.https_port}"


def office_address(settings: Settings) -> str:
    """The address for browsers and telephones on the office network; empty when HTTPS is off."""
    if settings.public_url:
        return settings.public_url
    if not settings.https_port:
        return ""
    return f"https://{_reachable(settings.https_host)}:{settings.https_port}"


def sip_address(settings: Settings) -> str:
    """What a SIP telephone dials to reach us."""
    port = "" if settings.sip_port == SIP_PORT_USUAL else f":{settings.sip_port}"
    return f"sip:{EMERGENCY_NUMBER}@{_reachable(settings.sip_host)}{port}"


def _reachable(host: str) -> str:
    return lan_address() if host in EVERYWHERE else host


def _welcome(settings: Settings, accounts: Sequence[FirstAccount]) -> None:
    """Everything a person needs to begin, on one screen."""
    office = office_address(settings)
    print()
    say(f"  Di komputer ini    {local_address(settings)}", f"  On this computer   {local_address(settings)}")
    if office:
        say(f"  Di jaringan kantor {office}", f"  Office network     {office}")
        say(
            "                     (peramban memperingatkan sertifikat buatan sendiri: pilih Lanjutkan)",
            "                     (the browser warns of the self-made certificate: choose Proceed)",
        )
    say(f"  Telepon SIP        {sip_address(settings)}", f"  SIP telephone      {sip_address(settings)}")
    if accounts:
        say(
            "\n  Akun pertama. Catat sekarang; sandi tidak ditampilkan lagi.",
            "\n  First accounts. Write them down now; the passwords are not shown again.",
        )
        for account in accounts:
            print(f"    {account.role:26} {account.sign_in:16} {account.password}")
    if office:
        print()
        segno.make(office, error="l").terminal(compact=True)
    say("\n  Ctrl+C menghentikan semuanya dengan baik.", "\n  Ctrl+C stops everything cleanly.")
    sys.stdout.flush()
