"""Rows S40 to S57 of tests/scenarios.md against Linux: RSTs on the wire and the errno that Linux's applications get."""

import contextlib
import errno
import fcntl
import os
import socket
import struct
import sys
import termios
import time

import harness
from harness import abort, expect, expect_equal, read_all, read_exactly, wait_until
from segments import Wire, deaf

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


def _pair(world, **kwargs):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, **kwargs)
    wires = Wire(world, world.client, world.client_if, 80), Wire(world, world.server, world.server_if, 8080)
    return proxy, *world.pair(80, server), *wires


def _rst(wire, sender):
    return wire.await_segment(lambda s: s.sender == sender and s.bits & 4, f"an RST of {sender}")


def _ss(world, sock):
    """What ss says of a socket of the client; "" when its connection is gone."""
    return world.client.run("ss", "-Htan", f"sport = :{sock.getsockname()[1]}").decode()


def _unread(sock):
    """Bytes that wait to be read."""
    return int.from_bytes(fcntl.ioctl(sock, termios.FIONREAD, bytes(4)), sys.byteorder)


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


def test_S40_linux_writes_to_a_connection_that_is_gone(world):
    """Millrace's end goes by an RST in Linux's name, of which Linux knows nothing: its socket lives and writes."""
    program, wire = _echo(world)
    client = world.client.connect(7)
    client.sendall(b"words")
    expect_equal(read_exactly(client, 5), b"words", "the echo")
    wire.await_segment(lambda s: s.sender == "L" and s.relative_ack == 6, "Linux acknowledges the echo")
    last = next(s for s in wire.segments(sender="L") if s.text)
    wire.forge(last.source, last.destination, last.seq + len(last.text), bits=0x04)
    wait_until(lambda: program.counter("tcp_established") == 0, "the connection is gone")
    expect(_ss(world, client).startswith("ESTAB"), "ss does not say ESTAB")
    client.sendall(b"anybody?")
    expect_equal(_errno_of(client.recv, 1), "ECONNRESET", "recv")
    data = wire.await_segment(lambda s: s.text == b"anybody?", "Linux's data")
    rst = _rst(wire, "M")
    expect_equal((rst.flags, rst.seq), ("R", data.ack), "the answer to a segment with ACK")
    expect_equal(_ss(world, client), "", "what ss says of the socket")


def test_S40_linux_opens_with_text_where_nobody_listens(world):
    """A SYN has no ACK, so the RST acknowledges what it holds: the SYN alone, or text with it (fast open)."""
    world.client.run("sysctl", "-qw", "net.ipv4.tcp_fastopen=5")  # a client, also without a cookie
    _echo(world)
    wire = Wire(world, world.client, world.client_if, 4321)
    nobody = (harness.PROXY_CLIENT_IP, 4321)
    for text, shape in ((b"", "L S"), (b"0123456789", "L S 10")):
        with world.client.socket() as sock:
            opening = (sock.sendto, text, socket.MSG_FASTOPEN, nobody) if text else (sock.connect, nobody)
            error = _errno_of(*opening) or _errno_of(sock.recv, 1)  # with text the call does not wait
            port = sock.getsockname()[1]
            expect_equal(error, "ECONNREFUSED", f"opening with {len(text)} bytes")
        wire.await_shapes([shape, "M R."], port=port)
        syn, rst = wire.segments(port=port)
        expect_equal((rst.seq, rst.ack), (0, (syn.seq + 1 + len(text)) % (1 << 32)), "SEQ and ACK of the RST")


def _quiet(program):
    """Waits until nothing has arrived for a while."""
    def same():
        before = program.counter("rx_packets")
        time.sleep(0.1)
        return program.counter("rx_packets") == before
    wait_until(same, "nothing arrives any more")


def test_S42_linux_aborts(world):
    program, wire = _echo(world)
    client = world.client.connect(7)
    client.sendall(b"words")
    read_exactly(client, 5)
    # TAP may choose another queue for a flow once we have sent; an ACK that its queue's worker hands over late would find
    # the connection gone, and be answered with an RST, rightly.
    _quiet(program)
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


def test_S43_millrace_closes_with_unread_data(world):
    """The HTTP service closes after its answer, while a segment beyond a hole is received and cannot be read."""
    program, wire = _echo(world, "http", 80)
    client = world.client.connect(80)
    ack = wire.await_segment(lambda s: s.shape == "L .", "Linux's last segment of the handshake")
    request = b"GET / HTTP/1.0\r\n\r\n"
    timestamps = struct.pack("!BBII", 8, 10, *ack.options["ts"])
    beyond = ack.seq + len(request) + 100
    wire.forge(ack.source, ack.destination, beyond, ack.ack, text=b"never read", options=timestamps)
    duplicate = wait_until(lambda: next((s for s in wire.everything("M") if 5 in s.options), None), "an ACK with SACK")
    expect_equal(duplicate.relative_ack, 1, "ACK with the hole before the data")
    client.sendall(request)
    expect_equal(_errno_of(lambda: read_all(client)), "ECONNRESET", "recv")
    rst = _rst(wire, "M")
    sent = [s for s in wire.segments("M") if s.text]
    expect_equal(rst.relative_seq, 1 + sum(len(s.text) for s in sent), "SEQ of the RST")
    expect_equal([s for s in wire.shapes(sender="M") if "F" in s], [], "FINs of Millrace")
    expect_equal(program.counter("closed_closed_unread"), 1, "connections closed with data unread")


def _late_data(world, wire):
    """The HTTP service has answered and closed; what the client sends then is answered by RST, and Linux takes it."""
    client = world.client.connect(80)
    client.sendall(b"GET / HTTP/1.0\r\n\r\n")
    fin = wire.await_segment(lambda s: s.sender == "M" and s.bits & 1, "Millrace's FIN")
    wait_until(lambda: _ss(world, client).startswith("CLOSE-WAIT"), "ss says CLOSE-WAIT")
    client.sendall(b"too late")
    rst = _rst(wire, "M")
    expect_equal((rst.shape, rst.relative_seq), ("M R.", fin.relative_seq + fin.length), "the answer")
    wait_until(lambda: _ss(world, client) == "", "ss says that the connection is gone")
    return client


def test_S44_a_write_after_millrace_has_closed_both_ways(world):
    _, wire = _echo(world, "http", 80)
    client = _late_data(world, wire)
    expect_equal(_errno_of(client.send, b"more"), "EPIPE", "the next write")


def test_S44_a_read_after_millrace_has_closed_both_ways(world):
    """Linux has taken our FIN before the RST: its application reads the answer and its end, not an error."""
    _, wire = _echo(world, "http", 80)
    client = _late_data(world, wire)
    answer = read_all(client)
    expect(answer.startswith(b"HTTP/1.1 200") and answer.endswith(b"\r\n\r\n" + b"x" * 64), f"the answer is {answer!r}")
    expect_equal(client.recv(1), b"", "a read behind the end")


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


def test_S48_idle_timeout_then_linux_writes_late(world):
    """The proxy resets a pair that is idle for too long. One client does not hear of it, and writes later."""
    proxy, client, server, wire, _ = _pair(world, edit=lambda text: text.replace('idle = "5m"', 'idle = "2s"'))
    server.sendall(b"x")
    read_exactly(client, 1)  # nothing of Linux's is unacknowledged
    with deaf(client):
        expect_equal(_errno_of(server.recv, 1), "ECONNRESET", "recv of the server")
        first = _rst(wire, "M")
        wait_until(lambda: proxy.counter("proxy_idle_timeout") == 1, "the pair has ended by its idle timeout")
    before = len(wire.everything("M"))
    client.sendall(b"late")
    expect_equal(_errno_of(client.recv, 1), "ECONNRESET", "recv of the client")
    late = wire.await_segment(lambda s: s.text == b"late", "Linux's data")
    second = wait_until(lambda: wire.everything("M")[before:], "the answer")[0]
    expect_equal((first.flags, first.relative_seq), ("R.", 2), "the RST of the idle timeout")
    expect_equal((second.flags, second.seq), ("R", late.ack), "the answer to the late data")


@contextlib.contextmanager
def _astray(namespace, interface, address):
    """Meanwhile what Linux sends to `address` goes to a MAC that nobody has."""
    entry = (address, "dev", interface)
    namespace.run("ip", "neigh", "replace", *entry, "lladdr", "02:4d:52:00:00:99", "nud", "permanent")
    yield
    namespace.run("ip", "neigh", "del", *entry)


def test_S48_connect_timeout_then_late_answer(world):
    """Linux's SYN,ACK is lost until Millrace has given up; when Linux sends it again, it is answered by RST."""
    world.proxy({80: 8080}, connect_timeout="300ms")
    wire = Wire(world, world.server, world.server_if, 8080)
    with world.server.listen(8080) as listener:
        with _astray(world.server, world.server_if, harness.PROXY_SERVER_IP):
            with world.client.connect(80) as sock:
                expect_equal(_errno_of(sock.recv, 1), "ECONNRESET", "recv of the client")
            half_open = ("ss", "-Htan", "state", "syn-recv")
            expect(harness.at(harness.PROXY_SERVER_IP, "") in world.server.run(*half_open).decode(),
                   "ss does not say SYN-RECV")
            expect_equal(wire.shapes(sender="M"), ["M S"], "what Millrace has sent")
        rst = _rst(wire, "M")
        syn = wire.segments("M")[0]
        expect_equal((rst.flags, rst.seq), ("R", (syn.seq + 1) % (1 << 32)), "the answer to the late SYN,ACK")
        wait_until(lambda: world.server.run(*half_open) == b"", "Linux gives its half-open connection up")
        listener.setblocking(False)
        expect_equal(_errno_of(listener.accept), "EAGAIN", "accept")


def test_S50_an_exact_rst_ends_the_connection_without_answer(world):
    program, wire = _echo(world)
    client = world.client.connect(7)
    client.sendall(b"words")
    read_exactly(client, 5)
    wire.await_segment(lambda s: s.sender == "L" and s.relative_ack == 6, "Linux acknowledges the echo")
    last = next(s for s in wire.segments(sender="L") if s.text)
    before = len(wire.segments())
    wire.forge(last.source, last.destination, last.seq + len(last.text), bits=0x04)
    wait_until(lambda: program.counter("tcp_resets_received") == 1, "Millrace believes the RST")
    wait_until(lambda: program.counter("tcp_established") == 0, "the connection is gone")
    expect_equal([s.shape for s in wire.segments()[before:] if s.sender == "M"], [], "answers")
    client.sendall(b"anybody?")
    expect_equal(_errno_of(client.recv, 1), "ECONNRESET", "recv")
    expect_equal(_rst(wire, "M").flags, "R", "nobody is there any more")


def test_S50_linux_closes_with_unread_data(world):
    """Linux then sends RST, not FIN; Millrace believes it without an answer, and the server learns of it."""
    _, client, server, wire, _ = _pair(world)
    server.sendall(b"never read")
    wire.await_segment(lambda s: s.sender == "M" and s.text == b"never read", "the data reaches Linux")
    wait_until(lambda: _unread(client) == 10, "the data waits for the client")
    client.close()
    _rst(wire, "L")
    expect_equal(_errno_of(server.recv, 1), "ECONNRESET", "recv of the server")
    expect_equal(wire.segments()[-1].flags[0], "R", "the last segment")
    expect_equal([s for s in wire.shapes(sender="M") if "R" in s or "F" in s], [], "Millrace's answer")


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
