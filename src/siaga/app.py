"""The one place that knows everyone: which pages there are, what they are given, and how the web process lives."""

from __future__ import annotations

import asyncio
import json
import os
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from typing import Any

from jinja2 import Environment

from siaga import __version__, clock
from siaga.adapters.maps.boundary_file import kept_boundaries
from siaga.adapters.maps.ground import CityGround
from siaga.adapters.maps.living_places import LivingPlaces
from siaga.adapters.phone.clients import PhoneClients
from siaga.adapters.web.asking import House
from siaga.adapters.web.health import Health
from siaga.adapters.web.hub import Hub
from siaga.adapters.web.listen import Port, PortTaken, bind, serve
from siaga.adapters.web.live import Live
from siaga.adapters.web.metrics import Metrics
from siaga.adapters.web.panic import PanicPath
from siaga.adapters.web.rendering import Assets, make_environment
from siaga.adapters.web.server import make_app
from siaga.adapters.web.sessions import Sessions
from siaga.adapters.web.sign_in import DemoAccount, Door
from siaga.adapters.web.tokens import Tokens
from siaga.adapters.web.words import Words as ShippedWords
from siaga.adapters.web.words import shipped_words
from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.domain.command_words import Verb
from siaga.features.calls import commands as call_commands
from siaga.features.calls.audio import SeatAudio
from siaga.features.calls.conversation.quality import QualityWatch
from siaga.features.calls.queries import Line
from siaga.features.console import commands as console_commands
from siaga.features.dispatch import commands as dispatch_commands
from siaga.features.dispatch import undoing as dispatch_undoing
from siaga.features.incidents import commands as incident_commands
from siaga.features.incidents import undoing as incident_undoing
from siaga.features.incidents.trouble.queries import Pulses, troubles
from siaga.features.incidents.trouble.queries import Trouble as Broken
from siaga.features.incidents.trouble.watch import TroubleWatch
from siaga.features.people import first_run as people
from siaga.features.people.passwords import Passwords
from siaga.in_force import InForce
from siaga.processes import certificate
from siaga.processes.database import dsn
from siaga.processes.network import public_url
from siaga.processes.pulse import Pulse
from siaga.processes.trouble import Trouble, Words
from siaga.records.migrate import migrate
from siaga.records.planned import CommandTable
from siaga.records.postgres import PostgresArchive
from siaga.secret import installation_secret
from siaga.settings import Settings

PAGES = (
    # module with PAGES                       what people find there
    "siaga.adapters.web.sign_in",  # /  /masuk  /keluar  /bahasa  /tema
    "siaga.adapters.web.api",  # /api/...
    "siaga.adapters.web.aml",  # /api/aml: telephones say where they are
    "siaga.features.people.own_keys",  # /saya/tombol
    "siaga.features.people.pages",  # /akun/sandi  /atur
    "siaga.features.calls.pranks.pages",  # /meja/bukan  /pengawas/iseng
    "siaga.features.calls.silence.pages",  # /meja/senyap: a caller who says nothing
    "siaga.features.calls.texts.pages",  # /meja/pesan: conversations by text
    "siaga.features.calls.conversation.pages",  # the call bar: /meja/kendali ...
    "siaga.features.calls.conversation.neighbour_pages",  # a caller from outside is given to the neighbour
    "siaga.features.calls.supervisor.pages",  # /pengawas
    "siaga.features.calls.room.pages",  # /pengawas/ruang: night, flood, overflow, notices, skills
    "siaga.features.calls.pages",  # the line on the desk: /meja/jawab ...
    "siaga.features.calls.recordings.pages",  # /pengawas/rekaman  /rekaman: listening again
    "siaga.features.places.pages",  # /pengawas/nama-tempat: place names, and what takers taught
    "siaga.adapters.exchange.name_pages",  # /pengawas/nama-tempat/berkas: a list of names out of a file
    "siaga.features.locating.pages",  # /meja/lokasi: where the caller is said to be
    "siaga.features.locating.citizen_pages",  # /l/...: the caller's own page
    "siaga.features.incidents.desk.burst_pages",  # /meja/mungkin: a caller about a known incident
    "siaga.features.incidents.desk.sharing_pages",  # /lembar: a colleague's sheet
    "siaga.features.calls.taking_over.pages",  # /lembar/.../ambil: taking it over
    "siaga.features.handover.pages",  # /serah-terima: the change of shifts
    "siaga.features.incidents.desk.pages",  # the sheet on the desk: /meja ...
    "siaga.features.incidents.desk.where_pages",  # /meja/dimana, places outside, places made sure of
    "siaga.features.incidents.desk.interview_pages",  # response plans on the sheet, and what callers answered
    "siaga.features.incidents.plans.pages",  # /atur/rencana: response plans and who approved them
    "siaga.adapters.exchange.plan_pages",  # /atur/rencana/berkas: the table of plans out and in
    "siaga.features.incidents.trouble.pages",  # /meja/gangguan: what is broken, in words
    "siaga.features.incidents.paper.pages",  # /meja/kertas: forms to print, and typing them in afterwards
    "siaga.features.incidents.page.pages",  # /kejadian/...
    "siaga.features.incidents.pdf.pages",  # an incident on paper
    "siaga.features.incidents.premises.pages",  # /atur/tempat: what is kept about places
    "siaga.features.incidents.premises.paste",  # /atur/tempat/tempel: a table out of a spreadsheet
    "siaga.adapters.exchange.premises_pages",  # /atur/tempat/berkas: the same out of a file
    "siaga.features.incidents.protected.pages",  # /kejadian/.../lingkaran  /terlindung: the circle, reports, the glass
    "siaga.features.console.command_pages",  # /perintah: the command line
    "siaga.features.console.desk_pages",  # /batalkan  /pengingat: second thoughts, reminders
    "siaga.features.dispatch.pages",  # /opd  /t  /papan
    "siaga.features.map.pages",  # /peta: the map, its files, what is on it
    "siaga.features.wall.pages",  # /dinding
    "siaga.features.insight.pages",  # /laporan
    "siaga.adapters.exchange.downloads",  # /laporan/unduh.xlsx
    "siaga.adapters.exchange.board_file",  # /papan/kejadian.xlsx
)
UNDO_KINDS = {**dispatch_undoing.UNDO, **incident_undoing.UNDO}  # what can be taken back, and by whom
COMMAND_TABLE = CommandTable(
    planners={
        **call_commands.PLANNERS,
        **incident_commands.PLANNERS,
        **dispatch_commands.PLANNERS,
        **console_commands.PLANNERS,
        Verb.UNDO: console_commands.plan_undo(UNDO_KINDS),
    }
)  # every verb of the command line but HELP, which the line answers itself
DEMO_ACCOUNTS_FILE = "demo-accounts.json"
DEMO_PASSWORD_ENV = "SIAGA_DEMO_PASSWORD"  # noqa: S105  the name of a variable


@dataclass(frozen=True)
class WebProcess:
    """A web process that is open for requests: its ASGI application and what must be told to stop."""

    app: Any
    archive: PostgresArchive
    hub: Hub
    sessions: Sessions
    live: Live
    panic: PanicPath
    metrics: Metrics
    secret: bytes


@asynccontextmanager
async def web_process(
    settings: Settings,
    city: City,
    *,
    environment: Environment | None = None,
    passwords: Passwords | None = None,
    seat_audio: SeatAudio | None = None,
    pages: Sequence[str] = PAGES,
) -> AsyncIterator[WebProcess]:
    """Everything the web process is made of, opened and in the end closed in order.

    Tests give cheap ``passwords`` and one ``environment`` of templates for all; the rest is real. The database must
    be migrated.
    """
    archive = await PostgresArchive.open(dsn(settings), city.code)
    phone = PhoneClients(settings.home, settings.node)
    passwords = passwords or Passwords()
    metrics, sessions, tokens = Metrics(), Sessions(archive, demo=settings.demo), Tokens(archive)
    hub = Hub(archive, metrics, clock.now, __version__)
    hub.on_account_change(sessions.forget_person)
    hub.on_account_change(lambda _: tokens.forget_all())
    secret = installation_secret(settings.home)
    places = LivingPlaces(archive, city, kept_boundaries(settings.home, city))
    hub.on_notice(places.noticed)
    words = shipped_words()
    line = Line(archive, city, places, secret, sms=bool(settings.sms_gateway))
    health = Health(archive, tokens, metrics, __version__)
    templates = environment or make_environment(words=words, assets=Assets.load())
    house = _house(settings, city, words, templates, sessions, tokens, health, metrics, hub)
    given: dict[str, Any] = {
        "archive": archive,
        "finder": places,
        "map_ground": CityGround(city, settings.home),
        "seat_audio": seat_audio or phone,
        "settings": settings,
        "demo": settings.demo,
        "secret": secret,
        "public_url": public_url(settings),
        "passwords": passwords,
        "sessions": sessions,
        "tokens": tokens,
        "shipped": words,
        "door": Door(archive, sessions, passwords, metrics),
        "demo_accounts": _demo_accounts(settings),
        "line": line,
        "pulses": Pulses(),
        "line_context": line.context,
        "command_table": COMMAND_TABLE,
        "shortcuts": templates.globals["shortcuts"],
        "undo_kinds": UNDO_KINDS,
    }
    in_force = InForce(archive, city, given)
    hub.on_notice(in_force.noticed)
    panic = PanicPath(archive, tokens, metrics, secret, words, now=clock.now, demo=settings.demo)
    try:
        await hub.start()
        await in_force.start()
        await places.start()
        _signal_beside(hub, archive, given, settings)
        live = Live(hub, sessions, clock.now)
        app = make_app(house, _handlers(pages), given, panic=panic, live=live)
        yield WebProcess(app, archive, hub, sessions, live, panic, metrics, secret)
    finally:
        await in_force.close()
        await places.close()
        await hub.close()
        await sessions.settle()
        passwords.close()
        await phone.close()
        await archive.close()


def _signal_beside(hub: Hub, archive: PostgresArchive, given: dict[str, Any], settings: Settings) -> None:
    """What screens are told besides the journal: what is broken, and how well each conversation sounds."""

    async def broken() -> Sequence[Broken]:
        return await troubles(
            archive, given["city"], given["pulses"], str, clock.now(),
            home=settings.home, outlined=given["finder"].outlined, demo=settings.demo,
        )  # fmt: skip

    def tell(name: str, data: object, person: str) -> None:
        hub.signal(name, data, person=person)

    trouble = TroubleWatch(broken, lambda: bool(hub.in_room), hub.signal)
    quality = QualityWatch(archive, given["seat_audio"], lambda: hub.in_room, tell)
    hub.run_beside(trouble.forever(), "trouble watch")
    hub.run_beside(quality.forever(), "quality watch")


def _house(
    settings: Settings,
    city: City,
    words: ShippedWords,
    templates: Environment,
    sessions: Sessions,
    tokens: Tokens,
    health: Health,
    metrics: Metrics,
    hub: Hub,
) -> House:
    """What every request is answered with."""
    return House(
        city=city,
        words=words,
        environment=templates,
        sessions=sessions,
        tokens=tokens,
        health=health,
        metrics=metrics,
        now=clock.now,
        position=lambda: hub.position,
        version=__version__,
        language=settings.language,
        demo=settings.demo,
    )


def _handlers(modules: Sequence[str]) -> list[Any]:
    """The pages of these modules, in their order."""
    return [page for module in modules for page in import_module(module).PAGES]


async def run_web(settings: Settings) -> None:
    """The web process: serve until SIGTERM or SIGINT, then finish what is under way. Raises Trouble."""
    city = load_city(settings.city)
    ports = _ports(settings)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    pulse = Pulse()
    beats = asyncio.create_task(pulse.beat_forever())
    try:
        async with web_process(settings, city) as web:
            watch = asyncio.create_task(_stop_when(web.hub.failed, stopping))
            await serve(
                web.app, ports, stopping, on_ready=pulse.ready, on_stopping=web.hub.stop_listeners,
                shortcut=web.panic,
            )  # fmt: skip
            watch.cancel()
            if web.hub.failed.is_set():
                raise RuntimeError("the live hub ended; the process must be started again")
    finally:
        beats.cancel()
        for _, taken in ports:
            taken.close()


async def _stop_when(failed: asyncio.Event, stopping: asyncio.Event) -> None:
    await failed.wait()
    stopping.set()


async def first_run(settings: Settings) -> list[people.Account]:
    """Bring the database up to date, load the city's units, and make the first accounts if there are none.

    Returns the accounts just made, with the passwords to print once. ``settings.demo``: one for every role, also
    kept in the home for the sign-in page; SIAGA_DEMO_PASSWORD gives them all the same password.
    """
    city = load_city(settings.city)
    await migrate(dsn(settings))
    archive = await PostgresArchive.open(dsn(settings), city.code)
    passwords = Passwords()
    try:
        made = await people.first_run(
            archive,
            city,
            passwords,
            demo=settings.demo,
            now=clock.now(),
            demo_password=os.environ.get(DEMO_PASSWORD_ENV, ""),
        )
    finally:
        passwords.close()
        await archive.close()
    if made and settings.demo:
        _keep_demo_accounts(settings, made)
    return made


def _ports(settings: Settings) -> list[tuple[Port, Any]]:
    wanted = []
    if settings.http_port:
        wanted.append(Port(settings.web_host, settings.http_port))
    if settings.https_port:
        certificate.ensure(settings.certificate, settings.certificate_key, now=clock.now())
        wanted.append(
            Port(settings.https_host, settings.https_port, settings.certificate, settings.certificate_key)
        )
    try:
        return [(port, bind(port)) for port in wanted]
    except PortTaken as taken:
        where = f"{taken.port.host}:{taken.port.number}"
        raise Trouble(
            Words(
                f"Alamat {where} tidak dapat dipakai ({taken.strerror}). Jalankan: siaga doctor",
                f"The address {where} cannot be used ({taken.strerror}). Run: siaga doctor",
            )
        ) from taken


def _keep_demo_accounts(settings: Settings, made: Sequence[people.Account]) -> None:
    path = settings.home / DEMO_ACCOUNTS_FILE
    kept = [
        {"name": one.username, "password": one.password, "role": people.ROLE_LABELS[one.roles[0]]}
        for one in made
    ]
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as file:
        json.dump(kept, file)


def _demo_accounts(settings: Settings) -> list[DemoAccount]:
    path: Path = settings.home / DEMO_ACCOUNTS_FILE
    if not settings.demo or not path.exists():
        return []
    return [DemoAccount(**entry) for entry in json.loads(path.read_text())]
