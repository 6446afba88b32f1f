"""Upstreams that are down, half down, or swallow every SYN: the client always learns the outcome."""

from harness import (NOBODY_IP, SERVER_IP, at, expect, expect_equal, expect_reset, read_all, read_exactly, wait_until)


def _expect_refused(world, port):
    """The proxy may refuse at the handshake or reset once it knows; it must not keep the client waiting."""
    try:
        with world.client.connect(port) as sock:
            expect_reset(sock, "no upstream answers; the client sees")
    except (ConnectionRefusedError, ConnectionResetError):
        pass


def test_down(world):
    proxy = world.proxy({80: 8080})
    for _ in range(5):
        _expect_refused(world, 80)
    expect(proxy.alive(), "the proxy died")


def test_comes_back(world):
    world.proxy({80: 8080})
    _expect_refused(world, 80)
    server = world.server_on(8080)
    wait_until(lambda: world.reaches(80, server), "a connection reaches the server that is back")


def test_comes_back_with_health_checks(world):
    world.proxy({80: 8080}, health_interval="1s")
    _expect_refused(world, 80)
    server = world.server_on(8080)
    wait_until(lambda: world.reaches(80, server), "a connection reaches the server that is back")
    server.close()
    wait_until(lambda: not world.reaches(80, server), "connections to the server that left are refused")


def test_one_of_two_down(world):
    server = world.server_on(8080)
    world.proxy({80: [at(SERVER_IP, 8081), at(SERVER_IP, 8080)]})
    for number in range(20):
        client, peer = world.pair(80, server)
        peer.sendall(b"%02d" % number)
        expect_equal(read_exactly(client, 2), b"%02d" % number, "the answer")


def test_server_goes_away_between_connections(world):
    first, second = world.server_on(8080), world.server_on(8081)
    world.proxy({80: [at(SERVER_IP, 8080), at(SERVER_IP, 8081)]})
    first.close()
    for number in range(20):
        client, peer = world.pair(80, second)
        peer.sendall(b"%02d" % number)
        peer.close()
        expect_equal(read_all(client), b"%02d" % number, "the answer")


def _black_hole(world, port):
    """A listener whose queue is full: Linux drops every further SYN without a word."""
    listener = world.server.listen(port, backlog=0)
    fillers = []
    for _ in range(3):
        sock = world.server.socket()
        sock.setblocking(False)
        sock.connect_ex((SERVER_IP, port))
        fillers.append(sock)
    return [listener, *fillers]


def test_black_hole(world):
    proxy = world.proxy({80: 8080}, connect_timeout="1s")
    held = _black_hole(world, 8080)
    for _ in range(2):
        _expect_refused(world, 80)
    expect(proxy.alive(), "the proxy died")
    for sock in held:
        sock.close()


def test_black_hole_then_the_next(world):
    server = world.server_on(8080)
    world.proxy({80: [at(SERVER_IP, 8081), at(SERVER_IP, 8080)]}, connect_timeout="500ms")
    held = _black_hole(world, 8081)
    for number in range(5):
        client, peer = world.pair(80, server)
        peer.sendall(b"%02d" % number)
        expect_equal(read_exactly(client, 2), b"%02d" % number, "the answer")
    for sock in held:
        sock.close()


def test_nobody_has_the_address(world):
    """No answer to ARP or neighbor discovery at all."""
    world.proxy({80: [at(NOBODY_IP, 8080)]}, connect_timeout="1s")
    _expect_refused(world, 80)
