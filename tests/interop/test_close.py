"""Ends of connections are carried over as they were: FIN as FIN after the data, RST as RST, each way by itself."""

import os
import signal
import socket
import sys

from harness import (SERVER_IP, Background, abort, expect, expect_equal, expect_reset, read_all, read_exactly, wait_until)

SIZE = 1 << 20


def _pair(world):
    server = world.server_on(8080)
    world.proxy({80: 8080})
    return world.pair(80, server)


def _half_close(first, second):
    """`first` ends its direction; the other direction then still carries data, and its end."""
    early, late = os.urandom(SIZE), os.urandom(SIZE)
    sender = Background(_send_and_finish, first, early)
    expect(read_all(second) == early, "the data before the FIN differs")
    sender.join()
    sender = Background(_send_and_finish, second, late)
    expect(read_all(first) == late, "the data after the half-close differs")
    sender.join()


def _send_and_finish(sock, data):
    sock.sendall(data)
    sock.shutdown(socket.SHUT_WR)


def test_half_close_by_the_client(world):
    client, server = _pair(world)
    _half_close(client, server)


def test_half_close_by_the_server(world):
    client, server = _pair(world)
    _half_close(server, client)


def test_half_close_without_data(world):
    client, server = _pair(world)
    client.shutdown(socket.SHUT_WR)
    expect_equal(read_all(server), b"", "what the server reads")
    server.shutdown(socket.SHUT_WR)
    expect_equal(read_all(client), b"", "what the client reads")


def test_reset_by_the_client(world):
    client, server = _pair(world)
    abort(client)
    expect_reset(server, "the client aborted; the server sees")


def test_reset_by_the_server(world):
    client, server = _pair(world)
    abort(server)
    expect_reset(client, "the server aborted; the client sees")


def test_reset_after_traffic(world):
    client, server = _pair(world)
    for _ in range(20):
        data = os.urandom(10_000)
        client.sendall(data)
        expect(read_exactly(server, len(data)) == data, "the data differs")
        server.sendall(data)
        expect(read_exactly(client, len(data)) == data, "the answer differs")
    abort(client)
    expect_reset(server, "the client aborted after traffic; the server sees")


def test_reset_after_half_close(world):
    client, server = _pair(world)
    client.shutdown(socket.SHUT_WR)
    expect_equal(read_all(server), b"", "what the server reads")
    server.sendall(b"answer")
    expect_equal(read_exactly(client, 6), b"answer", "the answer")
    abort(server)
    expect_reset(client, "the server aborted a half-closed connection; the client sees")


def test_reset_leaves_the_others_alone(world):
    server = world.server_on(8080)
    world.proxy({80: 8080})
    pairs = [world.pair(80, server) for _ in range(20)]
    for client, _ in pairs[::2]:
        abort(client)
    for _, peer in pairs[::2]:
        expect_reset(peer, "the client aborted; the server sees")
    for client, peer in pairs[1::2]:
        client.sendall(b"still here")
        expect_equal(read_exactly(peer, 10), b"still here", "another connection's data")


# A server that can be killed: sends zeros for ever, or reads a little and then never again.
_VICTIM = """
import socket, sys, time
family = socket.AF_INET6 if ":" in sys.argv[1] else socket.AF_INET
listener = socket.create_server((sys.argv[1], int(sys.argv[2])), family=family)
listener.listen(100)
held = []
while True:
    sock, _ = listener.accept()
    held.append(sock)
    sock.settimeout(0.5)
    try:
        word = sock.recv(4)
    except OSError:
        continue
    sock.settimeout(None)
    if word == b"send":
        try:
            while True:
                sock.sendall(bytes(65536))
        except OSError:
            pass
    elif word == b"take":
        sock.recv(65536)
        print("taking", flush=True)
        time.sleep(3600)
"""


def _victim(world):
    victim = world.start("victim", world.server.command(sys.executable, "-c", _VICTIM, SERVER_IP, "8080"))
    world.await_listening(8080)
    world.proxy({80: 8080})
    return victim


def test_server_killed_while_it_sends(world):
    victim = _victim(world)
    with world.client.connect(80) as client:
        client.sendall(b"send")
        read_exactly(client, SIZE)
        victim.signal(signal.SIGKILL)
        # The kernel ends a dead program's connection by FIN or, with unread data, by RST; either must come through.
        try:
            rest = read_all(client)
        except ConnectionResetError:
            rest = b""
        expect(not rest.strip(b"\0"), "bytes that the server never sent")


def test_server_killed_while_it_receives(world):
    victim = _victim(world)
    with world.client.connect(80) as client:
        client.sendall(b"take")
        sender = Background(_send_until_broken, client)
        wait_until(lambda: "taking" in victim.log, "the server reads")
        victim.signal(signal.SIGKILL)
        expect(sender.join() in (ConnectionResetError, BrokenPipeError), "the client's send did not fail")


def _send_until_broken(sock):
    try:
        while True:
            sock.sendall(bytes(65536))
    except OSError as error:
        return type(error)
