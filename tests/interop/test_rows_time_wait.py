"""Rows S34, S35 and S38 of tests/scenarios.md against Linux: TIME-WAIT, and the source ports that it holds."""

import contextlib
import re
import socket
import struct
import time

import harness
from harness import CLIENT_IP, PROXY_CLIENT_IP, SERVER_IP, at, expect, expect_equal, expect_reset, read_all, wait_until
from segments import Wire

RANGE = "40000-40019"
PORTS = 20
LINE = re.compile(r"worker \d+ (\S+) -> (\S+) taken (\d+) left (\d+)")


def _proxy(world, msl="1s", source="", **kwargs):
    """A proxy with 20 source ports."""
    def edit(text):
        text = text.replace('msl = "1s"', f'msl = "{msl}"\nport_range = "{RANGE}"')
        if source:
            port = f'"{harness.PROXY_SERVER_V6}/64"'
            text = text.replace(port, f'{port}, "{source}/{64 if ":" in source else 24}"')
            text = text.replace('name = "up80"', f'name = "up80"\nsource = ["{harness.PROXY_SERVER_IP}", "{source}"]')
        return text
    return world.proxy({80: 8080}, edit=edit, **kwargs)


def _ports(proxy, server=at(SERVER_IP, 8080)):
    """Source ports taken and left towards the server, over all workers and source addresses that use any."""
    taken = left = 0
    for line in proxy.telemetry("/millrace/source_ports")["source_ports"]:
        match = LINE.fullmatch(line)
        expect(match, f"a line of /millrace/source_ports: {line!r}")
        if match[2] == server:
            taken, left = taken + int(match[3]), left + int(match[4])
    return taken, left


def _fill(world, server, proxy, count):
    """Opens connections until `count` are held. With several workers some find none of their worker's ports left."""
    held = []
    for _ in range(50 * count):
        token = world.token()
        try:
            client = world.client.connect(80)
            client.sendall(harness.Server.TOKEN.pack(token))
        except ConnectionResetError:
            continue
        peer = wait_until(lambda: server.poll(token) or _is_reset(client), "the connection reaches the server or is reset")
        if peer is True:
            client.close()
            continue
        held.append((client, peer))
        if len(held) == count:
            return held
    raise harness.Failure(f"only {len(held)} of {count} ports could be used")


def _is_reset(sock):
    sock.settimeout(0)
    try:
        return sock.recv(1, socket.MSG_PEEK) == b""
    except BlockingIOError:
        return False
    except ConnectionResetError:
        return True
    finally:
        sock.settimeout(harness.DEADLINE)


def _close(pairs):
    """The clients first, so that the proxy closes towards the server first and keeps TIME-WAIT there."""
    for client, peer in pairs:
        client.shutdown(socket.SHUT_WR)
        expect_equal(read_all(peer), b"", "what the server reads")
        peer.close()
        expect_equal(read_all(client), b"", "what the client reads")
        client.close()


def test_S38_an_exhausted_range_and_after_time_wait(world):
    server = world.server_on(8080)
    world.server.run("sysctl", "-qw", "net.ipv4.tcp_timestamps=0")  # no port is used again before TIME-WAIT ends
    proxy = _proxy(world, msl="3s")
    held = _fill(world, server, proxy, PORTS)
    expect_equal(_ports(proxy), (PORTS, 0), "source ports taken and left")
    ours = {peer.getpeername()[1] for _, peer in held}
    expect_equal(ours, set(range(40000, 40020)), "the ports that Linux sees")
    before = proxy.counter("tcp_no_ports_left")
    with contextlib.suppress(ConnectionResetError), world.client.connect(80) as client:
        expect_reset(client, "no source port is left; the client sees")
    expect(proxy.counter("tcp_no_ports_left") > before, "tcp_no_ports_left does not count")
    expect(proxy.counter("proxy_connect_no_ports") > 0, "proxy_connect_no_ports does not count")
    began = time.monotonic()
    _close(held)
    expect_equal(_ports(proxy), (PORTS, 0), "TIME-WAIT holds its ports: taken and left")
    wait_until(lambda: world.reaches(80, server), "a connection reaches the server after TIME-WAIT", interval=0.1)
    expect(time.monotonic() - began >= 5.9, "a port was used again before 2 MSL of 6 s, without timestamps")
    expect_equal(proxy.counter("tcp_time_waits_reused"), 0, "S34: entries used again, without timestamps")
    expect("connects found no source port left" in proxy.log, f"the log does not tell:\n{proxy.log}")


def test_S34_the_opener_uses_a_time_wait_again(world):
    server = world.server_on(8080)
    proxy = _proxy(world, msl="5m")
    wire = Wire(world, world.server, world.server_if, 8080)
    held = _fill(world, server, proxy, PORTS)
    began = time.monotonic()
    _close(held)
    wait_until(lambda: world.reaches(80, server), "a connection reaches the server after a second", interval=0.1)
    expect(time.monotonic() - began > 1, "an entry was used again within its first second")
    expect(proxy.counter("tcp_time_waits_reused") > 0, "no entry was used again")
    syns = {}
    for syn in wire.segments("M"):
        if syn.flags == "S":
            syns.setdefault(syn.source, []).append(syn)
    twice = [both for both in syns.values() if len(both) == 2]
    expect(twice, "no source port came twice")
    for old, new in twice:
        mine = [s for s in wire.segments("M") if s.source == old.source]
        last = mine[mine.index(new) - 1]
        expect(0 < (new.seq - last.seq - last.length) % (1 << 32) < 1 << 31, "the new ISN is not beyond the last number")
        expect(0 < (new.options["ts"][0] - last.options["ts"][0]) % (1 << 32) < 1 << 31, "the new TSval is not greater")
        answer = next(s for s in wire.segments("L") if s.destination == new.source and s.ack == (new.seq + 1) % (1 << 32))
        expect_equal(answer.flags, "S.", "Linux's answer")


def test_S35_a_new_syn_hits_time_wait_on_the_acceptor(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, edit=lambda text: text.replace('msl = "1s"', 'msl = "5m"'))
    wire = Wire(world, world.client, world.client_if, 80)

    def connect_and_let_the_server_close():
        sock = world.client.socket()
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((CLIENT_IP, 41000))
        sock.connect((PROXY_CLIENT_IP, 80))
        token = world.token()
        sock.sendall(harness.Server.TOKEN.pack(token))
        server.take(token).close()
        expect_equal(read_all(sock), b"", "what the client reads")
        sock.close()

    connect_and_let_the_server_close()
    wait_until(lambda: proxy.counter("tcp_time_waits") > 0, "the proxy's end is in TIME-WAIT")
    wire.await_segment(lambda s: s.sender == "L" and s.flags == "F.", "the client's FIN")
    wait_until(lambda: not world.client.run("ss", "-Htan", "sport = :41000"), "Linux has left LAST-ACK")
    connect_and_let_the_server_close()  # newer by its timestamp: answered at once
    syns = [s for s in wire.segments("L") if s.flags == "S"]
    answers = [s for s in wire.segments("M") if s.flags == "S."]
    expect_equal([len(syns), len(answers)], [2, 2], "SYNs and SYN,ACKs")
    expect_equal([a.ack for a in answers], [(s.seq + 1) % (1 << 32) for s in syns], "what the SYN,ACKs acknowledge")

    fin = wire.await_segment(lambda s: s.sender == "L" and s.flags == "F." and
                             (s.seq - syns[1].seq) % (1 << 32) < 1000, "the client's second FIN")
    wire.await_segment(lambda s: s.sender == "M" and s.flags == "." and s.ack == (fin.seq + 1) % (1 << 32),
                       "the last ACK of the second connection")
    before = len(wire.everything("M"))
    old = struct.pack("!BBII", 8, 10, (syns[0].options["ts"][0] - 1000) % (1 << 32), 0)
    wire.forge((CLIENT_IP, 41000), (PROXY_CLIENT_IP, 80), syns[1].seq - 5000, bits=2, options=old)
    wait_until(lambda: proxy.counter("segment_answered_time_wait") > 0, "the old SYN is answered in TIME-WAIT")
    answer = wait_until(lambda: wire.everything("M")[before:], "the answer")
    expect_equal({(s.flags, s.ack) for s in answer}, {(".", (fin.seq + 1) % (1 << 32))}, "the answer to the old SYN")


def test_S38_several_source_addresses(world):
    server = world.server_on(8080)
    second = "10.2.0.3" if harness.FAMILY == 4 else "2001:db8:2::3"
    proxy = _proxy(world, source=second)
    held = _fill(world, server, proxy, 2 * PORTS)
    expect_equal(_ports(proxy), (2 * PORTS, 0), "source ports taken and left on both addresses")
    used = {peer.getpeername()[:2] for _, peer in held}
    expect_equal(len(used), 2 * PORTS, "different ends that Linux sees")
    expect_equal({address for address, _ in used}, {harness.PROXY_SERVER_IP, second}, "the addresses that Linux sees")
    _close(held)
