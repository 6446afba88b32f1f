"""Rows S01 to S11 of tests/scenarios.md against Linux: what is on the wire and what Linux tells its application."""

import errno
import socket

import harness
from harness import expect, expect_equal, read_exactly
from segments import Wire

ECHO = {7: 'service = "echo"', 19: 'service = "chargen"'}


def _echo(world, services=None):
    """millrace-echo, and the wire to its port 7."""
    program = world.echo(services or ECHO)
    return program, Wire(world, world.client, world.client_if, min(services or ECHO))


def _errno_of(function, *args):
    """The errno that the call ends with; None if it succeeds."""
    try:
        function(*args)
    except OSError as error:
        return errno.errorcode.get(error.errno, "timed out")  # Python's own timeout has no number
    return None


def _expect_syn(segment, what):
    expect_equal(segment.options.get("mss"), _mss(), f"{what}: mss")
    for option in ("sack_ok", "ts", "wscale"):
        expect(option in segment.options, f"{what} lacks {option}: {segment.options}")


def _mss():
    return 1440 if ":" in harness.PROXY_CLIENT_IP else 1460


def test_S01_linux_opens(world):
    _, wire = _echo(world)
    with world.client.connect(7) as sock:
        wire.await_shapes(["L S", "M S.", "L ."])
        syn, syn_ack, ack = wire.segments()
        _expect_syn(syn_ack, "SYN,ACK")
        expect_equal(syn_ack.ack, (syn.seq + 1) % (1 << 32), "ACK of the SYN")
        expect_equal((ack.relative_seq, ack.relative_ack), (1, 1), "the last segment of the handshake")
        port = sock.getsockname()[1]
        expect(b"ESTAB" in world.client.run("ss", "-Htan", f"sport = :{port}"), "ss does not say ESTAB")


def test_S01_millrace_opens(world):
    server = world.server_on(8080)
    world.proxy({80: 8080})
    wire = Wire(world, world.server, world.server_if, 8080)
    _, peer = world.pair(80, server)
    wire.await_segment(lambda s: s.text, "the token")
    syn, syn_ack, ack = wire.segments()[:3]
    # The client's data waits for the handshake, so its last segment may carry it.
    expect_equal([syn.shape, syn_ack.shape, ack.flags.strip("P")], ["M S", "L S.", "."], "the handshake")
    _expect_syn(syn, "SYN")
    expect_equal((ack.relative_seq, ack.relative_ack), (1, 1), "the last segment of the handshake")
    port = peer.getpeername()[1]
    words = world.server.run("ss", "-Htinao", f"dport = :{port}").decode().split()
    expect_equal(words[0], "ESTAB", "what ss says of the server's end")
    for word in ("ts", "sack"):
        expect(word in words, f"ss does not say '{word}': {' '.join(words)}")


def test_S02_data_on_the_last_segment_of_the_handshake(world):
    _, wire = _echo(world)
    with world.client.socket() as sock:
        # Linux keeps the last ACK back when it does not acknowledge quickly, so it leaves with the first write.
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_QUICKACK, 0)
        sock.connect((harness.PROXY_CLIENT_IP, 7))
        sock.sendall(b"first words")
        expect_equal(read_exactly(sock, 11), b"first words", "the echo")
        wire.await_segment(lambda s: s.sender == "M" and s.text, "the echo")
        third = wire.segments(sender="L")[1]
        expect_equal((third.relative_seq, third.relative_ack, third.text), (1, 1, b"first words"), "the third segment")
        for segment in wire.segments()[:2]:
            expect_equal(segment.text, b"", "text on a SYN")
        sock.settimeout(0.3)
        expect_equal(_errno_of(sock.recv, 1), "timed out", "a second echo")


def test_S07_linux_is_refused(world):
    _echo(world)
    wire = Wire(world, world.client, world.client_if, 4321)
    with world.client.socket() as sock:
        expect_equal(_errno_of(sock.connect, (harness.PROXY_CLIENT_IP, 4321)), "ECONNREFUSED", "connect")
    wire.await_shapes(["L S", "M R."])
    syn, rst = wire.segments()
    expect_equal((rst.seq, rst.ack), (0, (syn.seq + 1) % (1 << 32)), "SEQ and ACK of the RST")


def test_S07_millrace_is_refused(world):
    world.proxy({80: 8080})
    wire = Wire(world, world.server, world.server_if, 8080)
    with world.client.socket() as sock:
        # The reset may be as quick as the handshake: then connect() has it.
        error = _errno_of(sock.connect, (harness.PROXY_CLIENT_IP, 80)) or _errno_of(sock.recv, 1)
        expect_equal(error, "ECONNRESET", "connect or recv of the client")
    wire.await_shapes(["M S", "L R."])


def test_S08_linux_gives_up_and_answers_the_late_syn_ack(world):
    program, wire = _echo(world)
    with world.client.connect(7):  # the neighbours know each other
        pass
    program.freeze()
    try:
        with world.client.socket() as sock:
            sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_SYNCNT, 1)
            expect_equal(_errno_of(sock.connect, (harness.PROXY_CLIENT_IP, 7)), "ETIMEDOUT", "connect")
            late = wire.segments(sender="L")[-1]
    finally:
        program.thaw()
    port = late.source[1]
    rst = wire.await_segment(lambda s: s.sender == "L" and s.bits & 4 and s.source[1] == port, "Linux's RST")
    expect_equal(wire.shapes(port=port)[0], "L S", "the attempt")
    expect_equal(rst.seq, (late.seq + 1) % (1 << 32), "SEQ of the RST")


def test_S08_millrace_gives_up_and_answers_the_late_syn_ack(world):
    """The server's queue is full, so Linux drops the SYN; then a SYN,ACK is forged."""
    world.proxy({80: 8080}, connect_timeout="500ms")
    wire = Wire(world, world.server, world.server_if, 8080)
    listener = world.server.listen(8080, backlog=0)
    fillers = [world.server.socket() for _ in range(3)]
    for filler in fillers:
        filler.setblocking(False)
        filler.connect_ex((harness.SERVER_IP, 8080))
    with world.client.connect(80) as sock:
        expect_equal(_errno_of(sock.recv, 1), "ECONNRESET", "recv of the client")
    syn = wire.await_segment(lambda s: s.shape == "M S", "Millrace's SYN")
    wire.forge(syn.destination, syn.source, 1000, syn.seq + 1, bits=0x12)
    rst = wire.await_segment(lambda s: s.sender == "M" and s.bits & 4 and s.source == syn.source, "Millrace's RST")
    expect_equal((rst.flags, rst.seq), ("R", (syn.seq + 1) % (1 << 32)), "the answer to the late SYN,ACK")
    for held in [listener, *fillers]:
        held.close()


def test_S11_the_peers_mss_bounds_our_segments(world):
    services = {19: 'service = "chargen"'}
    _, wire = _echo(world, services)
    with world.client.socket() as sock:
        sock.setsockopt(socket.IPPROTO_TCP, socket.TCP_MAXSEG, 700)
        sock.connect((harness.PROXY_CLIENT_IP, 19))
        read_exactly(sock, 20_000)
        announced = wire.segments(sender="L")[0].options["mss"]
        expect(announced <= 700, f"Linux announced {announced}")
        wire.await_segment(lambda s: s.sender == "M" and len(s.text) == announced - 12, "a full segment less timestamps")
        expect_equal(max(len(s.text) for s in wire.segments(sender="M")), announced - 12, "the largest segment")
        words = world.client.run("ss", "-Htin", f"sport = :{sock.getsockname()[1]}").decode().split()
        expect(f"rcvmss:{announced - 12}" in words, f"ss has seen another segment size: {' '.join(words)}")
        harness.abort(sock)


def test_S11_without_the_option_536_or_1220(world):
    services = {19: 'service = "chargen"'}
    _, wire = _echo(world, services)
    with world.client.connect(19) as sock:  # the neighbours know each other
        read_exactly(sock, 1)
        harness.abort(sock)
    source, destination = (harness.CLIENT_IP, 5), (harness.PROXY_CLIENT_IP, 19)
    wire.mute(harness.PROXY_CLIENT_IP)
    wire.forge(source, destination, 100, bits=2)
    syn_ack = wire.await_segment(lambda s: s.sender == "M" and s.destination[1] == 5 and s.bits & 2, "SYN,ACK")
    wire.forge(source, destination, 101, syn_ack.seq + 1)
    first = wire.await_segment(lambda s: s.sender == "M" and s.destination[1] == 5 and s.text, "text")
    expect_equal(len(first.text), 1220 if ":" in source[0] else 536, "the first segment")
