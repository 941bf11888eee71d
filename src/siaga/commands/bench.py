"""`siaga bench NAME`: measure this machine. The benchmarks lie beside the source, not in the installed package."""

from __future__ import annotations

import json
import os
import sys
from importlib import import_module
from pathlib import Path
from typing import Annotated

import typer
import uvloop

from siaga.commands.terminal import complain, said

SMOKE_ENV = "SIAGA_BENCH_SMOKE"
EXIT_UNKNOWN = 2
BENCHMARKS = (
    # name       what it measures
    ("create", "pembuatan kejadian lewat HTTP", "creating incidents over HTTP"),
    ("panic", "tombol panik", "the panic path"),
    ("live", "dari catatan ke layar", "from the record to the screens"),
    ("call", "panggilan telepon", "telephone calls"),
    ("calls", "percakapan serentak, di samping mesin lain", "conversations at once, beside another engine"),
    ("vad", "suara, senyap, dan ketukan", "voice, silence and knocks"),
    ("bursts", "satu kebakaran, dua puluh penelepon", "one fire, twenty callers"),
    ("link", "mengenali kejadian yang sama", "recognising the same incident"),
    ("triage", "jenis kejadian dari yang diketik", "the incident type from what is typed"),
    ("pranks", "menolak penelepon iseng dan akibatnya", "what refusing nuisance callers costs"),
    ("geocode", "menemukan jalan yang dimaksud", "finding the street that was meant"),
    ("keys", "tombol sampai layar, saat berita mengalir", "key to paint while news streams in"),
    ("cityday", "hari kota tiruan", "simulated city days"),
    ("crash", "kill -9 di bawah beban", "kill -9 under load"),
)


def add_to(app: typer.Typer) -> None:
    """Add `siaga bench`."""
    app.command("bench", help=said("Ukur mesin ini.", "Measure this machine."))(bench)


def bench(
    name: Annotated[str, typer.Argument(help=", ".join(name for name, *_ in BENCHMARKS))] = "",
    smoke: Annotated[
        bool, typer.Option("--smoke", help=said("Sebentar saja: apakah jalan?", "Only briefly: does it run?"))
    ] = False,
    listed: Annotated[
        bool, typer.Option("--list", help=said("Sebutkan namanya saja.", "Only list the names."))
    ] = False,
) -> None:
    """Run one benchmark; its figures are one JSON object on the last line."""
    folder = Path(__file__).resolve().parents[3]
    there = [entry for entry in BENCHMARKS if (folder / "benchmarks" / f"{entry[0]}.py").is_file()]
    if listed:
        print("\n".join(entry[0] for entry in there))
        return
    if name not in {entry[0] for entry in there}:
        for known, indonesian, english in there:
            complain(f"  {known:8} {said(indonesian, english)}")
        complain(
            said(
                "Sebutkan satu nama di atas. Tolok ukur hanya ada di salinan sumber, bukan di paket terpasang.",
                "Name one of the above. The benchmarks are in a source checkout only, not in the installed package.",
            )
        )
        raise typer.Exit(EXIT_UNKNOWN)
    sys.path.insert(0, str(folder))
    size = "smoke" if smoke or os.environ.get(SMOKE_ENV) == "1" else "full"
    figures = uvloop.run(import_module(f"benchmarks.{name}").run(size))
    print(
        json.dumps(
            {
                "benchmark": name,
                "size": size,
                "cpus": os.cpu_count(),
                "load_1m": os.getloadavg()[0],
                **figures,
            }
        )
    )
