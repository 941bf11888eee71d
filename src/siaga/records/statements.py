"""The SQL of rows, made once from the table list: set-based insert, compare-and-set update, delete, select."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from typing import Any

from siaga.records.archive import AnyOf, Since, UpTo
from siaga.records.tables import NAMED, Table


def _quoted(name: str) -> str:
    return f'"{name}"'


def _rows_of(table: str) -> str:
    return f"jsonb_populate_recordset(null::{_quoted(table)}, $1)"


@cache
def insert_sql(table: str) -> str:
    """Insert a set of rows given as JSON; incidents get their yearly numbers here, under the head lock."""
    if table == "incident":
        return _insert_numbered_incidents()
    return f"insert into {_quoted(table)} select * from {_rows_of(table)}"


def _insert_numbered_incidents() -> str:
    columns = ["city_id", *NAMED["incident"].columns, "version"]
    values = ["taken.value - amount + ordinal" if name == "number" else f"new.{name}" for name in columns]
    return f"""
        with given as (select * from {_rows_of("incident")}),
        taken as (
            insert into counter (city_id, name, value)
            select city_id, 'incident-' || year, count(*) from given group by city_id, year
            on conflict (city_id, name) do update set value = counter.value + excluded.value
            returning name, value
        ),
        new as (
            select *, row_number() over (partition by year order by opened_at, id) as ordinal,
                   count(*) over (partition by year) as amount
            from given
        )
        insert into incident ({", ".join(columns)})
        select {", ".join(values)} from new join taken on taken.name = 'incident-' || new.year
    """


@cache
def update_sql(table: str) -> str:
    """Update a set of rows, each only if its version is still the one that was read."""
    spec = NAMED[table]
    changed = [
        name for name in spec.columns if name not in spec.key and (table, name) != ("incident", "number")
    ]
    sets = ", ".join(f"{_quoted(name)} = r.{_quoted(name)}" for name in [*changed, "version"])
    return f"update {_quoted(table)} t set {sets} from {_rows_of(table)} r where {_same_key(spec)}"


@cache
def delete_sql(table: str) -> str:
    """Delete a set of rows, each only if its version is still the one that was read."""
    return f"delete from {_quoted(table)} t using {_rows_of(table)} r where {_same_key(NAMED[table])}"


def _same_key(spec: Table) -> str:
    same = " and ".join(f"t.{_quoted(name)} = r.{_quoted(name)}" for name in ("city_id", *spec.key))
    return f"{same} and t.version = r.version - 1"


def select_sql(
    table: Table, criteria: dict[str, Any], order: Sequence[str], limit: int | None
) -> tuple[str, list[Any]]:
    """Select the rows that match, with the values of its parameters behind ``$1`` (the city)."""
    conditions = ["city_id = $1"]
    values: list[Any] = []
    for name, wanted in criteria.items():
        column = _quoted(name)
        match wanted:
            case None:
                conditions.append(f"{column} is null")
            case AnyOf(values=several):
                values.append(list(several))
                conditions.append(f"{column} = any(${len(values) + 1})")
            case UpTo(value=limit_value):
                values.append(limit_value)
                conditions.append(f"{column} <= ${len(values) + 1}")
            case Since(value=earliest):
                values.append(earliest)
                conditions.append(f"{column} >= ${len(values) + 1}")
            case _:
                values.append(wanted)
                conditions.append(f"{column} = ${len(values) + 1}")
    sql = f"select * from {_quoted(table.name)} where {' and '.join(conditions)}"
    if order:
        sql += " order by " + ", ".join(f"{_quoted(name)} asc nulls last" for name in order)
    if limit is not None:
        sql += f" limit {int(limit)}"
    return sql, values
