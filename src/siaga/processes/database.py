"""The database a command works on: the one named by DATABASE_URL, the one already running, or one started for it."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager

from siaga import clock
from siaga.processes.guard import Keeper
from siaga.processes.postgres import Postgres
from siaga.processes.trouble import Trouble, Words
from siaga.settings import Settings

ANSWER_SECONDS_MAX = 60
# Another process may be starting the server at this moment, and may have to replay a crash first.
POLL_SECONDS = 0.1


def embedded(settings: Settings) -> Postgres:
    """The embedded server these settings describe, not started."""
    return Postgres(settings.home, source=settings.postgres_binaries, user=settings.postgres_user)


def dsn(settings: Settings) -> str:
    """Address of the database for a process that was started while the database already runs."""
    return settings.database_url or embedded(settings).dsn


@contextmanager
def ensure_running(settings: Settings) -> Iterator[str]:
    """The address of a running database, for as long as the block lasts.

    Starts the embedded server when nobody does and stops it at the end, after the last other command that joined
    in has finished with it. Must be entered from a thread that lives as long as the block. Raises Trouble when the
    server does not come up.
    """
    if settings.database_url:
        yield settings.database_url
        return
    server = embedded(settings)
    server.make_folders()
    users = Keeper(settings.home / "postgres.users")
    deadline = clock.monotonic() + ANSWER_SECONDS_MAX
    while True:
        users.take(shared=True, wait=True)
        if server.keeper.take():
            break
        if server.is_ready():
            try:
                yield server.dsn
            finally:
                users.leave()
            return
        users.leave()
        if clock.monotonic() > deadline:
            raise Trouble(
                Words(
                    f"Basis data di {settings.home} sedang dipegang proses lain tetapi tidak menjawab.",
                    f"The database in {settings.home} is held by another process but does not answer.",
                )
            )
        time.sleep(POLL_SECONDS)
    try:
        server.start()
        yield server.dsn
    finally:
        users.leave()
        users.take(wait=True)  # exclusive: waits for everybody who joined in, and keeps newcomers waiting
        server.stop()
        users.leave()
