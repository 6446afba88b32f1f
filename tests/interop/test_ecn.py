"""ECN beside Linux: classic ECN (RFC 3168) where either side asks for it, none where Linux wants none; accurate ECN
(RFC 9768), which Linux does not speak, falls back to them."""

import os

from harness import Background, expect, expect_equal, read_exactly

SIZE = 300_000


def _there_and_back(world, port):
    data = os.urandom(SIZE)
    with world.client.connect(port) as sock:
        sender = Background(sock.sendall, data)
        expect(read_exactly(sock, SIZE) == data, "the echo differs")
        sender.join()


def _as_server(world, linux, classic):
    world.client.run("sysctl", "-qw", f"net.ipv4.tcp_ecn={linux}")
    echo = world.echo({7: 'service = "echo"'})
    before = echo.counter("tcp_ecn_classic")
    _there_and_back(world, 7)
    expect_equal(echo.counter("tcp_ecn_classic") - before, classic, "connections with RFC 3168's ECN")
    expect_equal(echo.counter("tcp_ecn_accurate"), 0, "connections with accurate ECN")


def test_linux_asks_and_gets_classic_ecn(world):
    _as_server(world, linux=1, classic=1)


def test_linux_asks_for_none(world):
    _as_server(world, linux=0, classic=0)


def _as_client(world, asks, linux, classic):
    world.server.run("sysctl", "-qw", f"net.ipv4.tcp_ecn={linux}")
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, edit=lambda text: text + f'ecn = "{asks}"\n')
    before = proxy.counter("tcp_ecn_classic")
    client, peer = world.pair(80, server)
    data = os.urandom(SIZE)
    sender = Background(client.sendall, data)
    expect(read_exactly(peer, SIZE) == data, "the data differs")
    sender.join()
    expect_equal(proxy.counter("tcp_ecn_classic") - before, classic, "connections with RFC 3168's ECN")
    expect_equal(proxy.counter("tcp_ecn_accurate"), 0, "connections with accurate ECN")
    client.close()
    peer.close()


def test_classic_ecn_to_linux(world):
    _as_client(world, "classic", linux=2, classic=1)


def test_accurate_ecn_falls_back_to_classic(world):
    _as_client(world, "accurate", linux=2, classic=1)


def test_accurate_ecn_falls_back_to_none(world):
    _as_client(world, "accurate", linux=0, classic=0)
