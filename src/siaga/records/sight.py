"""Who may see which incident, decided once: one SQL condition and the five values it needs.

A query names the incident ``i`` and puts ``VISIBLE`` into its ``where``; its parameters ``$2`` to ``$6`` are
``*sight_of(viewer, city)``, its own begin at ``$7``. A query about calls names the call ``c`` and puts
``CALL_VISIBLE``. ``moved`` writes a condition for other names and numbers.

Rule 1: people of the room see every incident, but a protected one only inside its circle.
Rule 2: the circle is whoever opened it, those the city appointed, and those named for this case (`Viewer.cases`).
Rule 3: an agency sees what it was asked about, and the details of a protected one only if its entry in the city's
list allows that and it has not said that the case is not its own.
Rule 4: what is not visible is not counted either. domain/protection.py:may_see says the same of people.
"""

from __future__ import annotations

import re

from siaga.domain.city import City
from siaga.domain.roles import May, Viewer

VISIBLE = """(
    ($2::bool and (not i.protected or $3::bool or i.opened_by = ($4::text[])[1]))
    or i.id = any($4::text[])
    or exists (
        select from assignment own_asked
        where own_asked.city_id = i.city_id and own_asked.incident = i.id and own_asked.agency = $5::text
          and (not i.protected or $3::bool or ($6::bool and own_asked.state <> 'declined'))
    )
)"""
CALL_VISIBLE = f"""(
    c.incident is null or c.taker = ($4::text[])[1] or not exists (
        select from incident i
        where i.city_id = c.city_id and i.id = c.incident and i.protected and not {VISIBLE}
    )
)"""
FIRST_OWN = 7  # the number of a query's own first parameter

Sight = tuple[bool, bool, list[str], str, bool]


def sight_of(viewer: Viewer, city: City, act: May = May.SEE_ALL_INCIDENTS) -> Sight:
    """The values of ``VISIBLE`` for this viewer. ``act``: the right that opens all incidents on this screen."""
    agency = city.agency_by_code.get(viewer.agency or "")
    answers = viewer.may(May.ANSWER_FOR_AGENCY) and agency is not None
    return (
        viewer.may(act),
        viewer.in_circle,
        [viewer.person, *sorted(viewer.cases)],
        agency.code if answers and agency is not None else "",
        agency.sees_protected if answers and agency is not None else False,
    )


def moved(condition: str, *, alias: str, named: str = "i", first: int = 2) -> str:
    """The condition for a query that calls the row ``alias`` and whose five values begin at ``$first``.

    ``named``: how the condition calls it, ``i`` for an incident and ``c`` for a call.
    """
    renamed = re.sub(rf"\b{named}\.", f"{alias}.", condition) if alias != named else condition
    return re.sub(r"\$(\d)", lambda found: f"${int(found[1]) - 2 + first}", renamed)
