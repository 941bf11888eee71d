"""Ids made one after the other sort in that order, and are UUIDs of version 7 to everybody else."""

from __future__ import annotations

import subprocess
import sys
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


def test_a_forked_child_does_not_repeat_its_parents_ids() -> None:
    code = (
        "import os\nfrom siaga.records.identity import new_id\nnew_id()\nif os.fork() == 0:\n"
        "    print(new_id()[-12:], flush=True)\n    os._exit(0)\nos.wait()\nprint(new_id()[-12:])"
    )
    said = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.split()
    assert len(set(said)) == 2
