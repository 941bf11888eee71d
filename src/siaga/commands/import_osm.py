"""`siaga city import-osm`: one OpenStreetMap extract becomes the city's map, its road network and its names."""

from __future__ import annotations

import sys
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from siaga import clock
from siaga.adapters.maps import map_edition
from siaga.adapters.maps.boundary_file import kept_boundaries
from siaga.adapters.maps.geojson import MapFileRefused
from siaga.adapters.maps.map_edition import About
from siaga.adapters.maps.osm.clip import CLIP_KM_DEFAULT
from siaga.adapters.maps.osm.names import names_of
from siaga.adapters.maps.osm.nodes import OsmRefused
from siaga.city_files import CityUnreadable, load_city
from siaga.commands.place_names import keep_osm_names
from siaga.commands.terminal import complain, said, say
from siaga.domain.city import City
from siaga.settings import Settings

EXIT_REFUSED = 1
CLIP_KM_MAX = 100.0  # beyond it the clip is the island again
REPORT_EVERY = timedelta(milliseconds=500)

FileArgument = Annotated[
    Path | None,
    typer.Argument(
        help=said(
            "Berkas .osm.pbf, misalnya satu pulau dari Geofabrik.",
            "An .osm.pbf file, e.g. an island from Geofabrik.",
        )
    ),
]
ClipOption = Annotated[
    float,
    typer.Option(
        "--clip-km", min=0.0, max=CLIP_KM_MAX,
        help=said("Kilometer di luar batas kota yang ikut.", "Kilometres beyond the city that come along."),
    ),
]  # fmt: skip
BuildingsOption = Annotated[
    bool,
    typer.Option(
        "--buildings",
        help=said("Gambar bangunan juga; lebih lama dan lebih besar.", "Draw buildings too; slower, larger."),
    ),
]
SampleOption = Annotated[
    bool,
    typer.Option(
        "--sample", help=said("Bukan peta sungguhan: tandai CONTOH.", "Not a real map: mark it CONTOH.")
    ),
]
YesOption = Annotated[
    bool,
    typer.Option("--yes", help=said("Pakai. Tanpa ini hanya diperiksa.", "Use it. Without it: only look.")),
]
NamesOption = Annotated[
    bool,
    typer.Option(
        "--names/--no-names",
        help=said("Nama jalan dan tempat ikut dicatat.", "Record names of streets and places too."),
    ),
]
BackOption = Annotated[
    bool, typer.Option("--back", help=said("Kembali ke peta sebelumnya.", "Go back to the map before."))
]


def import_osm(
    file: FileArgument = None,
    clip_km: ClipOption = CLIP_KM_DEFAULT,
    buildings: BuildingsOption = False,
    sample: SampleOption = False,
    yes: YesOption = False,
    names: NamesOption = True,
    back: BackOption = False,
) -> None:
    """Build the offline map, the road network and the names of the city from an OpenStreetMap extract.

    Nothing is used without --yes; the map in use stays until the new one is whole, and --back returns to it. Screens
    take the new map when they are next loaded.
    """
    settings = Settings.from_env()
    try:
        if back:
            _go_back(settings)
        elif file is None:
            complain(said("Sebutkan berkas .osm.pbf-nya.", "Name the .osm.pbf file."))
            raise typer.Exit(EXIT_REFUSED)
        elif not file.is_file():
            complain(said(f"{file} tidak ada.", f"{file} is not there."))
            raise typer.Exit(EXIT_REFUSED)
        else:
            _bring_in(
                settings, file, clip_km=clip_km, buildings=buildings, sample=sample, yes=yes, names=names
            )
    except (OsmRefused, MapFileRefused) as refusal:
        complain(str(refusal))
        raise typer.Exit(EXIT_REFUSED) from None
    except CityUnreadable as unreadable:
        complain(" ".join(unreadable.problems))
        raise typer.Exit(EXIT_REFUSED) from None
    except OSError as error:
        complain(
            said(
                f"Tidak bisa menulis ke {settings.home}: {error.strerror}.",
                f"Cannot write to {settings.home}: {error.strerror}.",
            )
        )
        raise typer.Exit(EXIT_REFUSED) from None


def _bring_in(
    settings: Settings, file: Path, *, clip_km: float, buildings: bool, sample: bool, yes: bool, names: bool
) -> None:
    from siaga.adapters.maps.osm.importing import look_into, make_files

    city = load_city(settings.city)
    boundaries = kept_boundaries(settings.home, city)
    progress = Progress()
    with map_edition.workshop(settings.home) as workshop:
        brought = look_into(
            file, workshop, city, boundaries, clip_km=clip_km, buildings=buildings, say=progress.say
        )
        progress.end()
        _preview(city, brought.counts, outlined=len(boundaries) > 0)
        if not yes:
            say("Belum ada yang dipakai. Tambahkan --yes.", "Nothing is used yet. Add --yes.")
            return
        made = workshop / "edition"
        made.mkdir()
        drawn = make_files(brought, made, city, progress.say)
        progress.end()
        now = clock.now()
        told = About(
            city=city.code, source=file.name, imported_at=now.isoformat(), clip_km=clip_km,
            counts=brought.counts | {"tiles": drawn.tiles}, sample=sample,
        )  # fmt: skip
        map_edition.adopt(settings.home, made, told, now)
        found = list(names_of(brought.clipped_file)) if names else []
    say(
        f"Peta dipakai: {drawn.tiles} petak, {drawn.bytes / 1e6:.1f} MB. Muat ulang layarnya.",
        f"The map is in use: {drawn.tiles} tiles, {drawn.bytes / 1e6:.1f} MB. Reload the screens.",
    )
    if names:
        kept = keep_osm_names(found, file.name, verified=not sample)
        say(
            f"{kept} nama jalan dan tempat dicatat; layar memakainya sekarang juga (siaga city places).",
            f"{kept} names of streets and places recorded; the screens use them at once (siaga city places).",
        )


def _go_back(settings: Settings) -> None:
    name = map_edition.go_back(settings.home)
    told = map_edition.about(map_edition.maps_folder(settings.home) / name)
    say(
        f"Kembali ke peta dari {told.source} ({told.imported_at[:10]}). Sekali lagi --back membatalkannya.",
        f"Back to the map from {told.source} ({told.imported_at[:10]}). --back again undoes this.",
    )


COUNTS = (
    # what is counted, Indonesian, English
    ("roads", "jalan dan rel", "roads and rails"),
    ("street_names", "nama jalan", "street names"),
    ("junctions", "simpang di jaringan jalan", "junctions of the road network"),
    ("oneway", "ruas satu arah", "one-way stretches"),
    ("water", "perairan", "waters"),
    ("landuse", "lahan", "land uses"),
    ("buildings", "bangunan", "buildings"),
    ("places", "nama tempat", "place names"),
    ("pois", "titik penting", "points of interest"),
    ("spots_hydrant", "hidran", "hydrants"),
    ("spots_hospital", "rumah sakit", "hospitals"),
    ("spots_clinic", "puskesmas dan klinik", "clinics"),
    ("spots_fire_station", "pos pemadam", "fire stations"),
    ("spots_police", "kantor polisi", "police stations"),
)


def _preview(city: City, counts: dict[str, int], *, outlined: bool) -> None:
    say(f"Di sekitar {city.full_name}:", f"Around {city.full_name}:")
    for key, indonesian, english in COUNTS:
        print(f"  {counts.get(key, 0):>9,}  {said(indonesian, english)}".replace(",", "."))
    if not outlined:
        say(
            "Garis batas kelurahan belum diimpor: yang dipotong adalah lingkaran di sekitar titik pusatnya. "
            "Lebih tepat setelah: siaga city import-boundaries BERKAS",
            "Kelurahan outlines are not imported: circles around their centres are cut out. "
            "More exact after: siaga city import-boundaries FILE",
        )
    if not counts.get("junctions"):
        say(
            "Tidak ada jaringan jalan: waktu tempuh tetap dihitung garis lurus.",
            "No road network: travel times stay straight-line guesses.",
        )


class Progress:
    """One line that says what is being done and how far; on a file or a pipe one line for each stage."""

    def __init__(self) -> None:
        self._stage = ""
        self._last = clock.monotonic()
        self._in_place = sys.stderr.isatty()

    def say(self, stage: str, done: int, size: int) -> None:
        """``done`` of ``size`` in this stage."""
        now = clock.monotonic()
        is_new = stage != self._stage
        if not is_new and (not self._in_place or now - self._last < REPORT_EVERY.total_seconds()):
            return
        if is_new and self._stage and self._in_place:
            print(file=sys.stderr)
        self._stage, self._last = stage, now
        text = said(*_STAGES[stage])
        if self._in_place:
            share = f" {100 * done // size:3} %" if size > 1 else ""
            print(f"\r  {text} ...{share}", end="", file=sys.stderr, flush=True)
        else:
            print(f"  {text} ...", file=sys.stderr, flush=True)

    def end(self) -> None:
        """The line is finished."""
        if self._in_place and self._stage:
            print(file=sys.stderr)
        self._stage = ""


_STAGES = {
    "nodes": ("Mencari titik di sekitar kota", "Looking for points around the city"),
    "ways": ("Memotong jalan dan wilayah", "Cutting out roads and areas"),
    "shapes": ("Membaca bentuknya", "Reading their shapes"),
    "roads": ("Menyusun jaringan jalan", "Building the road network"),
    "tiles": ("Menggambar peta", "Drawing the map"),
}
