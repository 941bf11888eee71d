"""Ids made one after the other sort in that order, and are UUIDs of version 7 to everybody else."""

from __future__ import annotations

import time
import uuid

from siaga.records.identity import new_id


def test_ids_made_in_one_go_keep_their_order() -> None:
    made = [new_id() for _ in range(20_000)]
    assert made == sorted(made)
    assert len(set(made)) == len(made)


def test_an_id_is_a_uuid_of_version_7_that_says_when_it_was_made() -> None:
    before = time.time_ns() // 1_000_000
    made = uuid.UUID(new_id())
    assert (made.version, made.variant) == (7, uuid.RFC_4122)
    assert before <= made.int >> 80 <= time.time_ns() // 1_000_000
