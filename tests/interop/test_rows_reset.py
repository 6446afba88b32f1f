"""Rows S40 to S57 of tests/scenarios.md against Linux: RSTs on the wire and the errno that Linux gives its application."""

import errno
import os
import socket
import struct
import time

import harness
from harness import abort, expect, expect_equal, read_all, read_exactly, wait_until
from segments import Wire

ACK, PSH_ACK = 0x10, 0x18
TCP_REPAIR = 19


def _errno_of(function, *args):
    """The errno that the call ends with; None if it succeeds."""
    try:
        function(*args)
    except OSError as error:
        return errno.errorcode.get(error.errno, "timed out")  # Python's own timeout has no number
    return None


def _echo(world, service="echo", port=7):
    program = world.echo({port: f'service = "{service}"'})
    return program, Wire(world, world.client, world.client_if, port)


def _pair(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080})
    wires = Wire(world, world.client, world.client_if, 80), Wire(world, world.server, world.server_if, 8080)
    return proxy, *world.pair(80, server), *wires


def _rst(wire, sender):
    return wire.await_segment(lambda s: s.sender == sender and s.bits & 4, f"an RST of {sender}")


def _vanish(sock):
    """The socket goes and nobody is told, as if the machine had been switched off."""
    sock.setsockopt(socket.IPPROTO_TCP, TCP_REPAIR, 1)
    sock.close()


def test_S40_segments_for_a_connection_that_does_not_exist(world):
    program, wire = _echo(world)
    with world.client.connect(7):
        pass
    wire.mute(harness.PROXY_CLIENT_IP)
    source, nobody = (harness.CLIENT_IP, 7), (harness.PROXY_CLIENT_IP, 4321)
    wire.forge(source, nobody, seq=5000, ack=99, bits=ACK)
    rst = _rst(wire, "M")
    expect_equal((rst.flags, rst.seq), ("R", 99), "the answer to an ACK")
    wire.forge(source, nobody, seq=5000, bits=0x01, text=b"0123456789")
    rst = wire.await_segment(lambda s: s.sender == "M" and s.bits == 0x14, "an RST,ACK")
    expect_equal((rst.seq, rst.ack), (0, 5011), "the answer to text and FIN without ACK")


def test_S42_linux_aborts(world):
    program, wire = _echo(world)
    client = world.client.connect(7)
    client.sendall(b"words")
    read_exactly(client, 5)
    abort(client)
    _rst(wire, "L")
    wait_until(lambda: program.counter("tcp_resets_received") == 1, "Millrace believes the RST")
    time.sleep(0.2)
    expect_equal([s for s in wire.shapes(sender="M") if "R" in s or "F" in s], [], "Millrace's answer")
    expect_equal(program.counter("tcp_time_waits"), 0, "TIME-WAIT entries")


def test_S42_millrace_aborts(world):
    """The client's abort reaches the server as an RST of Millrace."""
    _, client, server, _, wire = _pair(world)
    abort(client)
    expect_equal(_errno_of(server.recv, 1), "ECONNRESET", "recv of the server")
    rst = _rst(wire, "M")
    expect_equal(rst.relative_seq, 9, "SEQ of the RST, behind the token")
    expect_equal([s for s in wire.shapes(sender="M") if "F" in s], [], "FINs of Millrace")


def test_S43_linux_closes_with_unread_data(world):
    _, client, server, wire, _ = _pair(world)
    server.sendall(b"never read")
    wire.await_segment(lambda s: s.sender == "M" and s.text == b"never read", "the data reaches Linux")
    time.sleep(0.1)
    client.close()
    _rst(wire, "L")
    expect_equal(_errno_of(server.recv, 1), "ECONNRESET", "recv of the server")


def test_S44_data_after_millrace_has_closed_both_ways(world):
    """An HTTP answer with Connection: close ends the connection; what the client sends after it is lost."""
    _, wire = _echo(world, "http", 80)
    client = world.client.connect(80)
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    expect(read_all(client).startswith(b"HTTP/1.1 200"), "no answer")
    client.sendall(b"too late")
    rst = _rst(wire, "M")
    expect_equal(rst.shape, "M R.", "the answer")
    expect_equal(_errno_of(client.sendall, b"more"), "EPIPE", "the next write")


def test_S44_a_read_after_that_reset(world):
    _, wire = _echo(world, "http", 80)
    client = world.client.connect(80)
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    wire.await_segment(lambda s: s.sender == "M" and s.bits & 1, "Millrace's FIN")
    client.sendall(b"too late")
    _rst(wire, "M")
    time.sleep(0.1)
    error = client.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR)
    expect(error in (errno.ECONNRESET, errno.EPIPE), f"the socket's error is {errno.errorcode.get(error, error)}")


def test_S45_millrace_restarts(world):
    program, _ = _echo(world)
    client = world.client.connect(7)
    client.sendall(b"before")
    expect_equal(read_exactly(client, 6), b"before", "the echo")
    program.judged = True
    program.popen.kill()
    program.popen.wait()
    wait_until(lambda: world.client_if.encode() not in world.client.run("ip", "link"), "the old interface is gone")
    _, wire = _echo(world)
    client.sendall(b"after")
    expect_equal(_errno_of(client.recv, 1), "ECONNRESET", "recv")
    data = wire.await_segment(lambda s: s.sender == "L" and s.text == b"after", "Linux's data")
    rst = _rst(wire, "M")
    expect_equal((rst.flags, rst.seq), ("R", data.ack), "the RST")


def test_S46_linux_restarts(world):
    """The server's socket vanishes without a word; Millrace's data is answered by RST, and the client learns of it."""
    _, client, server, _, wire = _pair(world)
    _vanish(server)
    client.sendall(b"anybody?")
    rst = _rst(wire, "L")
    expect_equal(rst.flags, "R", "Linux's answer")
    expect_equal(_errno_of(client.recv, 1), "ECONNRESET", "recv of the client")
    time.sleep(0.2)
    expect_equal(wire.segments()[-1].sender, "L", "nobody answers the RST")


def test_S48_receive_timeout_then_abort(world):
    """Linux waits, gives up and aborts while Millrace stands still; what Millrace then finds ends the connection."""
    program, wire = _echo(world)
    client = world.client.connect(7)
    client.sendall(b"x")
    read_exactly(client, 1)
    program.freeze()
    client.sendall(b"late")
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 300_000))
    client.settimeout(None)
    expect_equal(_errno_of(client.recv, 1), "EAGAIN", "recv")
    abort(client)
    program.thaw()
    _rst(wire, "L")
    wait_until(lambda: program.counter("tcp_established") == 0, "Millrace has let go of it")
    expect_equal([s for s in wire.shapes(sender="M") if "R" in s], [], "RSTs of Millrace")


def test_S48_connect_timeout_then_late_answer(world):
    """Millrace gives an attempt up that nobody answers; the SYN,ACK that comes late gets an RST."""
    world.proxy({80: 8080}, connect_timeout="300ms")
    wire = Wire(world, world.server, world.server_if, 8080)
    listener = world.server.listen(8080, backlog=0)
    fillers = [world.server.socket() for _ in range(3)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex((harness.SERVER_IP, 8080))
    with world.client.connect(80) as sock:
        expect_equal(_errno_of(sock.recv, 1), "ECONNRESET", "recv of the client")
    syn = wire.await_segment(lambda s: s.shape == "M S", "Millrace's SYN")
    wire.forge(syn.destination, syn.source, 7, syn.seq + 1, bits=0x12)
    expect_equal(_rst(wire, "M").seq, (syn.seq + 1) % (1 << 32), "SEQ of the RST")
    for held in [listener, *fillers]:
        held.close()


def test_S50_an_exact_rst_ends_the_connection_without_answer(world):
    program, wire = _echo(world)
    client = world.client.connect(7)
    client.sendall(b"words")
    read_exactly(client, 5)
    wire.await_segment(lambda s: s.sender == "M" and s.text, "the echo")
    last = next(s for s in wire.segments(sender="L") if s.text)
    before = len(wire.segments())
    wire.forge(last.source, last.destination, last.seq + len(last.text), bits=0x04)
    wait_until(lambda: program.counter("tcp_resets_received") == 1, "Millrace believes the RST")
    wait_until(lambda: program.counter("tcp_established") == 0, "the connection is gone")
    expect_equal([s.shape for s in wire.segments()[before:] if s.sender == "M"], [], "answers")
    client.sendall(b"anybody?")
    expect_equal(_errno_of(client.recv, 1), "ECONNRESET", "recv")
    expect_equal(_rst(wire, "M").flags, "R", "nobody is there any more")


def test_S57_data_before_a_reset_stays_readable(world):
    _, client, server, wire, _ = _pair(world)
    server.sendall(b"keep this")
    wire.await_segment(lambda s: s.sender == "M" and s.text == b"keep this", "the data")
    abort(server)
    _rst(wire, "M")
    time.sleep(0.1)
    expect_equal(client.recv(100), b"keep this", "the data before the reset")
    expect_equal(_errno_of(client.recv, 1), "ECONNRESET", "recv after it")


def test_S57_millrace_passes_on_what_it_acknowledged(world):
    _, client, server, _, wire = _pair(world)
    data = os.urandom(50_000)
    client.sendall(data)
    wait_until(lambda: sum(len(s.text) for s in wire.segments(sender="M")) >= len(data), "the data is on its way")
    abort(client)
    _rst(wire, "M")
    expect_equal(read_exactly(server, len(data)), data, "the data before the reset")
    expect_equal(_errno_of(server.recv, 1), "ECONNRESET", "recv after it")
