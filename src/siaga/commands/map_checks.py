"""What `siaga doctor` says about the imported map: whether it is there, whole, and of this city."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from siaga.adapters.maps import map_edition
from siaga.adapters.maps.geojson import MapFileRefused
from siaga.city_files import CityUnreadable, load_city
from siaga.processes.finding import Finding, fine, warning
from siaga.processes.trouble import Words
from siaga.settings import Settings

OLD_AFTER = timedelta(days=400)  # new roads and bridges; a yearly import keeps up
AGAIN = Words(
    "Impor ulang: siaga city import-osm BERKAS --yes", "Import it again: siaga city import-osm FILE --yes"
)


def maps(settings: Settings, now: datetime) -> Iterator[Finding]:
    """The map is never a fault: without it screens draw outlines, and travel times are straight lines."""
    try:
        folder = map_edition.edition_folder(settings.home)
        if folder is None:
            yield warning(
                "map",
                Words("Peta jalan belum diimpor: layar hanya menggambar garis batas, waktu tempuh garis lurus.",
                      "No road map is imported: screens draw outlines only, travel times are straight lines."),
                Words("Lihat docs/recipes/import-a-map.md", "See docs/recipes/import-a-map.md"),
            )  # fmt: skip
            return
        told, damaged = map_edition.about(folder), map_edition.damage(folder)
        code = load_city(settings.city).code
    except MapFileRefused as refusal:
        yield warning("map", Words(str(refusal), str(refusal)), AGAIN)
        return
    except CityUnreadable:
        return  # said by the check of the city
    if damaged:
        names = ", ".join(damaged)
        yield warning("map", Words(f"Berkas peta hilang atau rusak: {names}.", f"Map files missing or damaged: {names}."), AGAIN)  # noqa: E501  # fmt: skip
    elif told.city != code:
        yield warning(
            "map", Words(f"Peta ini milik kota {told.city}, bukan {code}.", f"This map is of city {told.city}, not {code}."), AGAIN  # noqa: E501
        )  # fmt: skip
    elif now - datetime.fromisoformat(told.imported_at) > OLD_AFTER:
        yield warning(
            "map",
            Words(f"Peta dari {told.imported_at[:10]}; jalan baru belum ada di dalamnya.",
                  f"The map is of {told.imported_at[:10]}; newer roads are not in it."),
            AGAIN,
        )  # fmt: skip
    else:
        mark = Words(" (CONTOH)", " (sample)") if told.sample else Words("", "")
        yield fine(
            "map",
            f"Peta dari {told.source}, {told.imported_at[:10]}{mark.spoken('id')}.",
            f"Map from {told.source}, {told.imported_at[:10]}{mark.spoken('en')}.",
        )
