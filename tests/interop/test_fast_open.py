"""TCP Fast Open with Linux at the other end: as client of millrace-echo, and as server of a program under millrace-run.

The kernel's sysctl net.ipv4.tcp_fastopen belongs to the namespace, and says for IPv6 too what is allowed.
"""

import contextlib
import os
import socket
import struct

from harness import (CLIENT_IP, PROXY_CLIENT_IP, Background, expect, expect_equal, read_exactly, wait_until)
from test_run import PYTHON

FASTOPEN, FASTOPEN_CONNECT = 23, 30  # of level IPPROTO_TCP
SYN_DATA = 32  # of tcpi_options: text on the SYN was acknowledged (TCPI_OPT_SYN_DATA)


def _allow(world, bits):
    """1: Linux as client, 2: as server."""
    world.client.run("sysctl", "-qw", f"net.ipv4.tcp_fastopen={bits}")


def _fast_socket(world):
    sock = world.client.socket()
    sock.settimeout(20)
    sock.setsockopt(socket.IPPROTO_TCP, FASTOPEN_CONNECT, 1)
    return sock


def _syn_was_taken(sock):
    info = sock.getsockopt(socket.IPPROTO_TCP, socket.TCP_INFO, 104)
    return struct.unpack_from("B", info, 5)[0] & SYN_DATA != 0


def _exchange(world, sock, size=500):
    data = os.urandom(size)
    sock.connect((PROXY_CLIENT_IP, 7))
    sock.sendall(data)
    expect(read_exactly(sock, size) == data, "the echo differs")


def _earn_cookie(world):
    with contextlib.closing(_fast_socket(world)) as sock:
        _exchange(world, sock)
        expect(not _syn_was_taken(sock), "text went with a SYN before there was a cookie")


def test_linux_sends_with_its_syn(world):
    _allow(world, 1)
    echo = world.echo({7: 'service = "echo"\nfast_open = 8'})
    _earn_cookie(world)
    expect_equal(echo.counter("tcp_fast_open_cookies_sent"), 1, "cookies given")
    for count, size in enumerate((1, 500, 1000, 100_000), 1):
        with contextlib.closing(_fast_socket(world)) as sock:
            _exchange(world, sock, size)
            expect(_syn_was_taken(sock), f"Linux does not say that text on its SYN was acknowledged, {size} bytes")
        expect_equal(echo.counter("tcp_fast_open_passive"), count, "accepted with their SYN")
    expect_equal(echo.counter("tcp_fast_open_cookies_rejected"), 0, "cookies rejected")


def test_the_listener_is_off_unless_asked(world):
    _allow(world, 1)
    echo = world.echo({7: 'service = "echo"'})
    for _ in range(2):
        with contextlib.closing(_fast_socket(world)) as sock:
            _exchange(world, sock)
            expect(not _syn_was_taken(sock), "text on a SYN was acknowledged")
    expect_equal(echo.counter("tcp_fast_open_cookies_sent"), 0, "cookies given")


def test_a_cookie_of_another_program_gets_a_new_one(world):
    _allow(world, 1)
    echo = world.echo({7: 'service = "echo"\nfast_open = 8'})
    _earn_cookie(world)
    echo.end()
    echo = world.echo({7: 'service = "echo"\nfast_open = 8'})
    with contextlib.closing(_fast_socket(world)) as sock:
        _exchange(world, sock)
        expect(not _syn_was_taken(sock), "a cookie of another program's was believed")
    expect_equal(echo.counter("tcp_fast_open_cookies_rejected"), 1, "cookies rejected")
    with contextlib.closing(_fast_socket(world)) as sock:
        _exchange(world, sock)
        expect(_syn_was_taken(sock), "the new cookie was not used")


CLIENT = """
import socket, sys, time
host, port = sys.argv[1], int(sys.argv[2])
family = socket.AF_INET6 if ":" in host else socket.AF_INET
socket.create_connection((host, port)).close()  # the wire is there from now on
for i in range(4):
    sock = socket.socket(family)
    sock.settimeout(None)
    sock.setsockopt(socket.IPPROTO_TCP, 30, 1)
    sock.connect((host, port))
    text = b"request %d " % i * 40
    sock.sendall(text)
    sock.shutdown(socket.SHUT_WR)
    got = b""
    while chunk := sock.recv(4096):
        got += chunk
    assert got == text, got
    sock.close()
print("all came back", flush=True)
time.sleep(60)
"""


def _serve(listener, taken, count):
    """Echoes connections; notes whether the text was there with the SYN."""
    listener.accept()[0].close()
    for _ in range(count):
        sock, _ = listener.accept()
        taken.append(_syn_was_taken(sock))
        with sock:
            while data := sock.recv(4096):
                sock.sendall(data)


def test_millrace_sends_with_its_syn(world):
    _allow(world, 3)
    listener = world.client.socket()
    listener.setsockopt(socket.IPPROTO_TCP, FASTOPEN, 8)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("::" if ":" in CLIENT_IP else "0.0.0.0", 8080))
    listener.listen(8)
    taken = []
    server = Background(_serve, listener, taken, 4)
    script = world.directory / "client.py"
    script.write_text(CLIENT)
    client = world.millrace_run(PYTHON, script, CLIENT_IP, "8080")
    wait_until(lambda: "all came back" in client.log or not client.alive(), "the client has its answers")
    server.join()
    # Sockets take turns on the workers, and each worker asks for itself.
    asked = world.workers
    expect_equal(taken, [False] * asked + [True] * (4 - asked), "what Linux took with the SYN")
    for name, count in (("requests", asked), ("active", 4 - asked), ("active_accepted", 4 - asked), ("fallbacks", 0)):
        expect_equal(client.counter(f"tcp_fast_open_{name}"), count, name)
    listener.close()
