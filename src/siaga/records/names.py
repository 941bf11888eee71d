"""Names behind the references that events and rows carry. A name is personal data: it is looked up, never stored."""

from __future__ import annotations

BY_LINK = "link:"
# Somebody who answered through a link a dispatcher copied is known only by who gave it away: "link:<person>".


def name_of(column: str) -> str:
    """An SQL expression: the name of the person or contact whose id stands in ``column``; NULL when erased.

    Names nothing but ``$1``, the city. For ``link:<person>`` it is the name of who gave the link.
    """
    person = f"case when starts_with({column}, '{BY_LINK}') then substr({column}, {len(BY_LINK) + 1}) else {column} end"
    return (
        f"coalesce((select who.name from person who where who.city_id = $1 and who.id = {person}), "
        f"(select who.name from contact who where who.city_id = $1 and who.id = {column}))"
    )
