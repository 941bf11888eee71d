"""Which TCP connections are ended when there are too many: the idlest of whoever has most."""

from __future__ import annotations

import socket

from siaga.adapters.phone.sip.connections import (
    CONNECTIONS_KEPT,
    CONNECTIONS_MAX,
    Connection,
    connections_to,
    to_close,
)


def test_few_connections_are_left_alone() -> None:
    assert to_close([Connection(n, "one", 90_000) for n in range(CONNECTIONS_MAX)]) == []


def test_the_idlest_of_the_heaviest_go_and_the_trunk_stays() -> None:
    trunk = [Connection(n, "trunk", 600_000) for n in range(3)]
    crowd = [Connection(100 + n, "crowd", n) for n in range(CONNECTIONS_MAX)]
    ended = to_close(trunk + crowd)
    assert len(trunk) + len(crowd) - len(ended) == CONNECTIONS_KEPT
    assert {one.source for one in ended} == {"crowd"}
    assert max(one.idle_ms for one in crowd) in {one.idle_ms for one in ended}
    assert 0 not in {one.idle_ms for one in ended}


def test_only_accepted_connections_to_our_port_are_seen_and_stay_open() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)) as far, server.accept()[0] as near:
            [seen] = connections_to((port,))
            assert (seen.descriptor, seen.source) == (near.fileno(), "127.0.0.1")
            far.send(b"still here")
            assert near.recv(20) == b"still here"
