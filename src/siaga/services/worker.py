"""The followers of the journal and the ticker."""

from __future__ import annotations

import asyncio
import logging

from siaga import clock
from siaga.adapters.phone.control import is_dead
from siaga.adapters.web.paper import write_paper
from siaga.city_files import load_city
from siaga.domain.city import City
from siaga.domain.errors import RuleBroken
from siaga.features.calls.nodes.fault_alarms import ClockWatch, DiskWatch
from siaga.features.calls.recordings.duty import RecordingKeeper
from siaga.features.calls.recordings.files import RecordingFiles
from siaga.processes.database import dsn
from siaga.processes.network import public_url
from siaga.processes.pulse import Pulse
from siaga.records.postgres import PostgresArchive
from siaga.records.recording_keys import KeyRing
from siaga.records.writer import DatabaseAway
from siaga.secret import installation_secret
from siaga.services.until_told import until_told
from siaga.settings import Settings
from siaga.worker import run_worker

log = logging.getLogger("siaga.worker")

TIDY_SECONDS = 3600.0
PAPER_SECONDS = (
    300.0  # what is printed in the dark is at most five minutes old; a page takes a tenth of a second
)
MACHINE_SECONDS = 10.0  # a disk fills and a clock drifts slowly; a person still acts in time
KEEPING_SECONDS = 60.0  # fifty recordings a look: seventy thousand a day, a hundred times a city's calls


async def main(settings: Settings) -> None:
    """Offer waiting calls, ask agencies, tell contacts, escalate, and count, all from the journal."""
    city = load_city(settings.city)
    pulse = Pulse()

    async def work() -> None:
        archive = await PostgresArchive.open(dsn(settings), city.code)
        try:
            pulse.ready()
            async with asyncio.TaskGroup() as group:
                group.create_task(
                    run_worker(
                        archive,
                        city,
                        installation_secret(settings.home),
                        public_url(settings),
                        settings.sms_gateway,
                        lambda node: is_dead(settings.home, node),
                    )
                )
                group.create_task(_tidy_every_hour(archive))
                group.create_task(_lay_out_paper(archive, city, settings))
                group.create_task(_keep_recordings(archive, keeper_of(settings, city)))
                group.create_task(_watch_machine(archive, settings))
        finally:
            await archive.close()

    await until_told(work(), pulse)


def keeper_of(settings: Settings, city: City) -> RecordingKeeper:
    """Who erases this installation's recordings when their time is over."""
    files = RecordingFiles(settings.recordings, KeyRing(settings.recording_key_folder))
    return RecordingKeeper(files, city.room.recordings)


async def _keep_recordings(archive: PostgresArchive, keeper: RecordingKeeper) -> None:
    while True:
        try:
            await keeper(archive, clock.now())
        except DatabaseAway:
            log.warning("erasing old recordings waits for the database")
        except RuleBroken as refusal:
            log.error("erasing old recordings was refused: %s", refusal)
        await asyncio.sleep(KEEPING_SECONDS)


async def _watch_machine(archive: PostgresArchive, settings: Settings) -> None:
    """A disk that fills and clocks that differ are alarms, whether or not a desk is open."""
    disk, clocks = DiskWatch(settings.home), ClockWatch()
    while True:
        try:
            await disk(archive, clock.now())
            theirs = await archive.value("select clock_timestamp() where $1::text is not null")
            await clocks(archive, clock.now(), theirs)
        except DatabaseAway:
            log.warning("the machine is looked at again when the database is back")
        await asyncio.sleep(MACHINE_SECONDS)


async def _lay_out_paper(archive: PostgresArchive, city: City, settings: Settings) -> None:
    """The files to print lie in SIAGA_HOME/paper before they are needed."""
    while True:
        try:
            await write_paper(archive, city, settings.paper, language=settings.language, now=clock.now())
        except DatabaseAway:
            log.warning("the paper stays as it is: the database is away")
        except OSError as failed:
            log.error("the paper cannot be written to %s: %s", settings.paper, failed.strerror)
        await asyncio.sleep(PAPER_SECONDS)


async def _tidy_every_hour(archive: PostgresArchive) -> None:
    while True:
        try:
            if gone := await archive.tidy(clock.now()):
                log.info("tidied away %d rows nobody can ask for any more", gone)
        except DatabaseAway:
            log.warning("tidying waits for the database")
        await asyncio.sleep(TIDY_SECONDS)
