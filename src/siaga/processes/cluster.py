"""The files of a PostgreSQL cluster: made once, configured at every start, locked to one account."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping
from pathlib import Path

import psutil

from siaga.processes.account import Account
from siaga.processes.binaries import Binaries
from siaga.processes.trouble import Trouble, Words

DATABASE = "siaga"
OWNER = "siaga"
SUPERUSER = "postgres"
MEBIBYTE = 1024 * 1024
SHARED_MEMORY_SHARE = 16
SHARED_MEMORY_MIN_MIB = 64
SHARED_MEMORY_MAX_MIB = 512
# A city's live rows fit in far less; more would only take memory from the phone and the web.

OPTIONS = {
    "listen_addresses": "",  # a socket file in a closed folder; no port, so nothing to scan
    "unix_socket_permissions": "0700",
    "max_connections": "100",
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "wal_level": "replica",  # so that a standby or a base backup can be added without a restart
    "wal_compression": "pglz",  # the wheels are built without lz4 and zstd
    "max_wal_size": "1GB",
    "checkpoint_timeout": "15min",
    "checkpoint_completion_target": "0.9",
    "max_parallel_workers_per_gather": "0",  # a report must not take the cores that calls need
    "jit": "off",  # our statements run for milliseconds; compiling them takes longer
    "timezone": "UTC",
    "log_timezone": "UTC",
    "log_line_prefix": "%m [%p] ",
    "log_error_verbosity": "terse",  # the details of an error repeat the row, and so a person's number
    "log_min_error_statement": "panic",
    "idle_in_transaction_session_timeout": "5min",  # a forgotten session must not hold rows for ever
}


def environment(home: Path) -> dict[str, str]:
    """The only variables the database's programs see: nothing of the starter's leaks into them."""
    return {"PATH": "/usr/bin:/bin", "LC_ALL": "C.UTF-8", "HOME": str(home), "TZ": "UTC"}


def make(data: Path, binaries: Binaries, account: Account) -> None:
    """Create the cluster, its owner role and its database, in a neighbouring folder, then rename: all or nothing.

    Raises Trouble with the program's own words when it refuses (no space, no permission).
    """
    fresh = data.with_name("data.new")
    shutil.rmtree(fresh, ignore_errors=True)
    fresh.mkdir(mode=0o700)
    account.owns(fresh)
    locale = ["--locale=C.UTF-8"]
    if binaries.has_builtin_locale:
        locale += ["--locale-provider=builtin", "--builtin-locale=C.UTF-8"]
    _run(
        [
            str(binaries.bin / "initdb"), "-D", str(fresh), "-U", SUPERUSER, "-E", "UTF8", *locale,
            "--auth-local=peer", "--auth-host=reject", "--data-checksums", "--no-sync", "--no-instructions",
        ],
        account, data.parent,
    )  # fmt: skip
    _run(
        [str(binaries.bin / "postgres"), "--single", "-F", "-D", str(fresh), "template1"],
        account,
        data.parent,
        typed=f"create role {OWNER} login\n\ncreate database {DATABASE} owner {OWNER}\n",
    )
    with open(fresh / "postgresql.conf", "a", encoding="utf-8") as conf:
        conf.write("include 'siaga.conf'   # rewritten at every start\n")
    os.sync()
    fresh.rename(data)


def _run(words: list[str], account: Account, home: Path, typed: str = "") -> None:
    done = subprocess.run(
        words, input=typed, env=environment(home), cwd="/", capture_output=True, text=True, check=False,
        **account.popen,
    )  # fmt: skip
    if done.returncode != 0:
        said = (done.stderr or done.stdout).strip()[-600:]
        raise Trouble(
            Words(f"Basis data tidak dapat dibuat:\n{said}", f"The database cannot be made:\n{said}")
        )


def check_version(data: Path, binaries: Binaries) -> None:
    """Raise Trouble when the files were written by another major version than the programs we have."""
    written_by = (data / "PG_VERSION").read_text().strip()
    if written_by != str(binaries.major_version):
        raise Trouble(
            Words(
                f"Data di {data} ditulis oleh PostgreSQL {written_by}, sedangkan program yang ada versi "
                f"{binaries.major_version}. Pilih program versi {written_by} dengan SIAGA_POSTGRES_BINARIES, "
                "atau pindahkan data (docs/recipes/upgrade-postgresql.md).",
                f"The files in {data} were written by PostgreSQL {written_by}, but the programs here are version "
                f"{binaries.major_version}. Choose programs of version {written_by} with "
                "SIAGA_POSTGRES_BINARIES, or move the data (docs/recipes/upgrade-postgresql.md).",
            )
        )


def configure(
    data: Path, account: Account, *, sockets: Path, caller: str, options: Mapping[str, str]
) -> None:
    """Write our configuration and who may enter: only the system account `caller`, proven by the kernel."""
    chosen = {
        **OPTIONS,
        "shared_buffers": f"{_shared_memory_mib()}MB",
        "unix_socket_directories": str(sockets),
        **options,
    }
    lines = [f"{name} = '{value.replace(chr(39), chr(39) * 2)}'" for name, value in chosen.items()]
    texts = {
        "siaga.conf": "\n".join(lines),
        "pg_hba.conf": "local all all peer map=siaga",
        "pg_ident.conf": "\n".join(f"siaga {caller} {role}" for role in (OWNER, SUPERUSER)),
    }
    for name, text in texts.items():
        fresh = data / f"{name}.new"
        fresh.write_text(text + "\n", encoding="utf-8")
        fresh.chmod(0o600)
        account.owns(fresh)
        fresh.replace(data / name)


def _shared_memory_mib() -> int:
    share = psutil.virtual_memory().total // MEBIBYTE // SHARED_MEMORY_SHARE
    return int(min(max(share, SHARED_MEMORY_MIN_MIB), SHARED_MEMORY_MAX_MIB))
