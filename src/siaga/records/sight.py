"""Who may see which incident, decided once: one SQL condition and the five values it needs.

A query names the incident ``i`` and puts ``VISIBLE`` into its ``where``; its parameters ``$2`` to ``$6`` are
``*sight_of(viewer, city)``, its own begin at ``$7``.

Rule 1: people of the room see every incident, but a protected one only inside its circle.
Rule 2: whoever opened a protected incident belongs to its circle: she must be able to say more.
Rule 3: an agency sees what it was asked about, and the details of a protected one only if its entry in the city's
list allows that.
Rule 4: what is not visible is not counted either.
"""

from __future__ import annotations

from siaga.domain.city import City
from siaga.domain.roles import May, Viewer

VISIBLE = """(
    ($2::bool and (not i.protected or $3::bool or i.opened_by = $4::text))
    or exists (
        select from assignment mine
        where mine.city_id = i.city_id and mine.incident = i.id and mine.agency = $5::text
          and (not i.protected or $3::bool or $6::bool)
    )
)"""
FIRST_OWN = 7  # the number of a query's own first parameter

Sight = tuple[bool, bool, str, str, bool]


def sight_of(viewer: Viewer, city: City, act: May = May.SEE_ALL_INCIDENTS) -> Sight:
    """The values of ``VISIBLE`` for this viewer. ``act``: the right that opens all incidents on this screen."""
    agency = city.agency_by_code.get(viewer.agency or "")
    answers = viewer.may(May.ANSWER_FOR_AGENCY) and agency is not None
    return (
        viewer.may(act),
        viewer.in_circle,
        viewer.person,
        agency.code if answers and agency is not None else "",
        agency.sees_protected if answers and agency is not None else False,
    )
