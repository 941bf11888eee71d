"""What the node reports to the record, so that no report is lost when the database is away.

A report is either in the database or, fsynced, in a file of this machine. While the file is not empty every
report goes behind the others in it, so order is kept; each carries a key, so delivering it twice changes
nothing. What the record refuses for good is set aside in a second file, for a person to read.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from siaga.adapters.phone.sip.options import RECORD_SECONDS_MAX
from siaga.domain.errors import NotAllowed, NotFound, RuleBroken
from siaga.records.archive import Action, Archive
from siaga.records.change import NotRecorded

log = logging.getLogger(__name__)

RETRY_SECONDS = 0.5
ATTEMPTS_MAX = 20
# A report that failed this often while the database answered other questions is itself the trouble; it is set
# aside, because the arrivals behind it must not wait for it.

FINAL_REFUSALS = (RuleBroken, NotFound, NotAllowed, NotRecorded)


@dataclass(frozen=True, slots=True)
class Report:
    """One thing the line has to say. ``what`` names an action of the calls feature."""

    key: str
    what: str
    at: datetime
    given: dict[str, Any]

    def line(self) -> bytes:
        """As one line of the file."""
        fields = {"key": self.key, "what": self.what, "at": self.at.isoformat(), "given": self.given}
        return json.dumps(fields, separators=(",", ":")).encode() + b"\n"

    @classmethod
    def of_line(cls, line: bytes) -> Report:
        """The report in a line. Raises ValueError or KeyError for a torn one."""
        fields = json.loads(line)
        return cls(fields["key"], fields["what"], datetime.fromisoformat(fields["at"]), fields["given"])


class Outbox:
    """The reports of one node, in order."""

    def __init__(self, archive: Archive, actions: Mapping[str, Action[Any]], folder: Path, node: str) -> None:
        """``actions``: every name a report may carry. Reads what a previous life of this node left."""
        self._archive = archive
        self._actions = actions
        self._file = folder / f"reports-{node}.jsonl"
        self._set_aside = folder / f"set-aside-{node}.jsonl"
        folder.mkdir(parents=True, exist_ok=True)
        self._pending = _read(self._file)
        self._writing = asyncio.Lock()
        self._news = asyncio.Event()
        if self._pending:
            log.warning("%d reports of this node still wait for the database", len(self._pending))
            self._news.set()

    @property
    def waiting(self) -> int:
        """Reports that are in the file and not yet in the database."""
        return len(self._pending)

    async def report(self, report: Report) -> None:
        """Return when the report cannot be lost any more. Takes at most RECORD_SECONDS_MAX and one disk write."""
        if not self._pending:
            try:
                async with asyncio.timeout(RECORD_SECONDS_MAX):
                    await self._deliver(report)
                return
            except Exception as failed:  # noqa: BLE001  whatever it is, the caller is answered and the report kept
                if type(failed) in FINAL_REFUSALS:
                    log.warning("the record refuses %s: %s", report.what, failed)
                    return
                log.warning(
                    "the record does not answer (%s: %s); reports wait on this disk", type(failed), failed
                )
        await self._keep(report)

    async def deliver_forever(self) -> None:
        """Bring what waits to the record, in order, as soon as it answers. Run as a task."""
        while True:
            await self._news.wait()
            attempts = 0
            while self._pending:
                attempts = await self._deliver_first(attempts)
            await self._forget_file()

    async def _deliver_first(self, attempts: int) -> int:
        """Try the oldest report once; returns how often it has failed now."""
        report = self._pending[0]
        try:
            await self._deliver(report)
        except Exception as failed:  # noqa: BLE001  the node's poller must outlive any one report
            if type(failed) not in FINAL_REFUSALS and not await self._is_poison(attempts):
                await asyncio.sleep(RETRY_SECONDS)
                return attempts + 1
            log.error("report %s is set aside: %s: %s", report.key, type(failed).__name__, failed)
            await asyncio.to_thread(_append, self._set_aside, report.line())
        self._pending.pop(0)
        return 0

    async def _is_poison(self, attempts: int) -> bool:
        if attempts < ATTEMPTS_MAX:
            return False
        try:
            await self._archive.head()
        except Exception:  # noqa: BLE001  the database is away: not the report's fault, however long it lasts
            return False
        return True

    async def _deliver(self, report: Report) -> None:
        await self._archive.do(self._actions[report.what], key=report.key, now=report.at, **report.given)

    async def _keep(self, report: Report) -> None:
        async with self._writing:
            self._pending.append(report)
            await asyncio.to_thread(_append, self._file, report.line())
        self._news.set()

    async def _forget_file(self) -> None:
        async with self._writing:
            if not self._pending:
                await asyncio.to_thread(_empty, self._file)
                self._news.clear()
                log.warning("the record answers again; nothing waits on this disk")


def _append(file: Path, line: bytes) -> None:
    with file.open("ab") as book:
        book.write(line)
        book.flush()
        os.fsync(book.fileno())


def _empty(file: Path) -> None:
    with file.open("wb") as book:
        os.fsync(book.fileno())


def _read(file: Path) -> list[Report]:
    """The reports of a previous life; the last line may be torn by the power cut that ended it."""
    reports = []
    for line in file.read_bytes().splitlines() if file.exists() else []:
        try:
            reports.append(Report.of_line(line))
        except (ValueError, KeyError):
            log.error("a torn line in %s is left out", file.name)
    return reports
