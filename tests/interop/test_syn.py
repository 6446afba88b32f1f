"""Rows S09 to S11 of tests/scenarios.md against Linux: what cookies negotiate, what arrives, and which errno a policy is."""

import errno
import hashlib
import os
import re
import socket
import struct
import time

from harness import (CLIENT_IP, PROXY_CLIENT_IP, Background, expect, expect_equal, read_exactly, run, wait_until)
from segments import Wire
from test_connections import echo_on_many

ALWAYS = 'syn_cookies = "always"\n'
V6 = ":" in PROXY_CLIENT_IP
MSS = 1440 if V6 else 1460
URL = f"http://[{PROXY_CLIENT_IP}]" if V6 else f"http://{PROXY_CLIENT_IP}"
NETWORK, OTHER_HALF = ("2001:db8:1::/64", "2001:db8:1:0:8000::/65") if V6 else ("10.1.0.0/24", "10.1.0.128/25")


def _expect_cookies_only(proxy, at_least):
    sent, accepted = proxy.counter("tcp_syn_cookies_sent"), proxy.counter("tcp_syn_cookies_accepted")
    expect(accepted >= at_least, f"{accepted} connections by cookies, expected {at_least}")
    expect(sent >= accepted, f"{sent} cookies were sent, and {accepted} came back")
    expect_equal(proxy.counter("tcp_passive_opens"), accepted, "connections accepted")
    expect_equal(proxy.counter("tcp_syn_cookies_rejected"), 0, "cookies rejected")


def _capture(world, name):
    """tcpdump in the client's namespace; returns a function that ends it and gives what it saw as text."""
    path = world.directory / f"{name}.pcap"
    dump = world.start(f"tcpdump-{name}", world.client.command("tcpdump", "-n", "--immediate-mode", "-U", "-s", "128",
                                                               "-i", world.client_if, "-w", str(path), "tcp port 80"))
    wait_until(lambda: "listening on" in dump.log, "tcpdump listens")

    def end():
        dump.stop()
        return run("tcpdump", "-nn", "-r", str(path)).decode(errors="replace")
    return end


def _options_of_syn_ack(text):
    line = next((line for line in text.splitlines() if "Flags [S.]" in line), "")
    expect(line, f"no SYN,ACK was captured:\n{text[:2000]}")
    return re.search(r"options \[(.*?)\]", line).group(1)


def _socket_words(world, port):
    """What `ss -tio` says of the client's connections to `port`: ts and sack only with -o."""
    return world.client.run("ss", "-Htino", "state", "established", f"dport = :{port}").decode().split()


def test_S09_cookies_keep_scaling_sack_and_timestamps(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, listener=ALWAYS)
    end_capture = _capture(world, "options")
    client, peer = world.pair(80, server)
    data = os.urandom(1 << 20) * 8
    peer_sends = Background(peer.sendall, data)
    expect(read_exactly(client, len(data)) == data, "8 MiB arrived changed")
    peer_sends.join()
    words = _socket_words(world, 80)
    for word in ("ts", "sack"):
        expect(word in words, f"`ss` does not say '{word}': {' '.join(words)}")
    scales = next((word for word in words if word.startswith("wscale:")), None)
    expect(scales and scales.startswith("wscale:7,"), f"`ss` says {scales}; we announced a shift of 7")
    text = end_capture()
    options = _options_of_syn_ack(text)
    for option in (f"mss {MSS}", "sackOK", "TS val", "wscale 7"):
        expect(option in options, f"the SYN,ACK has no '{option}': {options}")
    largest = max(int(n) for n in re.findall(r"Flags \[[P.]+\].* length (\d+)", text))
    expect(largest <= MSS - 12, f"a segment of {largest} bytes, where {MSS} less 12 is allowed")
    _expect_cookies_only(proxy, 1)


def test_S09_cookies_without_timestamps_agree_on_the_mss_alone(world):
    world.client.run("sysctl", "-qw", "net.ipv4.tcp_timestamps=0")
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, listener=ALWAYS)
    end_capture = _capture(world, "plain")
    client, peer = world.pair(80, server)
    data = os.urandom(1 << 20)
    peer_sends = Background(peer.sendall, data)
    expect(read_exactly(client, len(data)) == data, "1 MiB arrived changed")
    peer_sends.join()
    words = _socket_words(world, 80)
    expect("ts" not in words and "sack" not in words, f"`ss` says more than was agreed: {' '.join(words)}")
    expect_equal(_options_of_syn_ack(end_capture()), f"mss {MSS}", "options of the SYN,ACK")
    _expect_cookies_only(proxy, 1)


def test_S09_cookies_carry_pages_and_uploads(world):
    root = world.nginx()
    data = os.urandom(1 << 20) * 32
    (root / "page").write_bytes(data)
    original = world.directory / "original"
    original.write_bytes(data)
    proxy = world.proxy({80: 8080}, listener=ALWAYS)
    page = world.client.run("curl", "-sS", "--fail", "--max-time", "120", f"{URL}/page")
    expect_equal(hashlib.sha256(page).hexdigest(), hashlib.sha256(data).hexdigest(), "SHA-256 of the page")
    world.client.run("curl", "-sS", "--fail", "--max-time", "120", "-T", str(original), f"{URL}/stored")
    expect((root / "stored").read_bytes() == data, "the upload arrived changed")
    _expect_cookies_only(proxy, 2)


def test_S09_cookies_open_a_thousand_connections(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, listener=ALWAYS)
    echo_on_many([world.pair(80, server) for _ in range(1000)])
    _expect_cookies_only(proxy, 1000)


def _syn(source, source_port):
    """A SYN to port 80 as a packet. The kernel fills in IPv4's checksum; TCP's is computed here."""
    family = socket.AF_INET6 if V6 else socket.AF_INET
    addresses = socket.inet_pton(family, source) + socket.inet_pton(family, PROXY_CLIENT_IP)
    tcp = struct.pack("!HHIIBBHHH", source_port, 80, int.from_bytes(os.urandom(4), "big"), 0, 0x50, 2, 1024, 0, 0)
    covered = addresses + struct.pack("!II", len(tcp), socket.IPPROTO_TCP) + tcp
    total = sum(struct.unpack(f"!{len(covered) // 2}H", covered))
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    tcp = tcp[:16] + struct.pack("!H", ~total & 0xffff) + tcp[18:]
    if V6:
        return struct.pack("!IHBB", 6 << 28, len(tcp), socket.IPPROTO_TCP, 64) + addresses + tcp
    return struct.pack("!BBHHHBBH", 0x45, 0, 40, 0, 0, 64, socket.IPPROTO_TCP, 0) + addresses + tcp


def _flood(world, count):
    """SYNs from other addresses of the client's network, each from a port of its own."""
    with world.client.entered():
        raw = socket.socket(socket.AF_INET6 if V6 else socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    with raw:
        for number in range(count):
            host = 3 + number % 250
            source = CLIENT_IP.removesuffix("2") + (f"{host:x}" if V6 else str(host))
            raw.sendto(_syn(source, 1024 + number), (PROXY_CLIENT_IP, 0))
            if number % 100 == 0:
                time.sleep(0.001)  # a tap's queue is short


def test_S09_clients_connect_while_syns_flood(world):
    page = os.urandom(5000)
    world.nginx(files={"page": page})
    proxy = world.proxy({80: 8080}, listener="backlog = 64\n")
    _flood(world, 5000)
    wait_until(lambda: proxy.counter("tcp_syn_cookies_sent") > 1000, "the flood has reached the watermark")
    for _ in range(20):
        expect_equal(world.client.run("curl", "-sS", "--fail", "--max-time", "60", f"{URL}/page"), page,
                     "the page during a flood")
    expect(proxy.counter("tcp_syn_cookies_accepted") >= 20, "honest clients did not come by cookies")
    expect_equal(proxy.counter("tcp_syn_cache_full"), 0, "SYNs dropped for want of room")


def test_S09_without_cookies_a_full_backlog_drops(world):
    """What finds no room gets no answer at all, and connects when the half-open ones have ended."""
    world.client.run("sysctl", "-qw", "net.ipv4.tcp_syn_retries=1")
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, listener='syn_cookies = "cache"\nbacklog = 8\n',
                        edit=lambda text: text + 'half_open_timeout = "12s"\n')
    wire = Wire(world, world.client, world.client_if, 80)
    _flood(world, 200)
    wait_until(lambda: proxy.counter("tcp_syn_cache_full") > 0, "the backlog is full")
    expect_equal(_errno_of_connect(world, 80), "ETIMEDOUT", "connect while the backlog is full")
    mine = [s for s in wire.segments("L") if s.source[0] == CLIENT_IP]
    expect_equal({s.shape for s in mine}, {"L S"}, "what Linux has sent")
    expect_equal([s for s in wire.everything("M") if s.destination == mine[0].source], [], "answers for want of room")
    expect_equal(proxy.counter("tcp_syn_cookies_sent"), 0, "cookies sent")
    wait_until(lambda: world.reaches(80, server), "the client connects when there is room again", interval=0.5)


def _errno_of_connect(world, port):
    try:
        world.client.connect(port).close()
    except OSError as error:
        return errno.errorcode.get(error.errno, str(error))
    return "connected"


def test_S10_policies_by_errno(world):
    world.client.run("sysctl", "-qw", "net.ipv4.tcp_syn_retries=1")
    echo = 'service = "echo"\n'
    program = world.echo({
        7: echo,
        70: echo + 'policy = "reject"',
        71: echo + 'policy = "drop"',
        72: echo + f'policy = "drop"\naccept = ["{CLIENT_IP}/{128 if V6 else 32}"]',
        73: echo + f'reject = ["{NETWORK}"]\naccept = ["{OTHER_HALF}"]',
    })
    wires = {port: Wire(world, world.client, world.client_if, port) for port in (70, 71, 72, 73)}
    wait_until(lambda: _errno_of_connect(world, 7) == "connected", "the program answers")
    expect_equal(_errno_of_connect(world, 70), "ECONNREFUSED", "policy reject")
    expect_equal(_errno_of_connect(world, 71), "ETIMEDOUT", "policy drop")
    expect_equal(_errno_of_connect(world, 72), "connected", "dropped but for this client")
    expect_equal(_errno_of_connect(world, 73), "ECONNREFUSED", "a network that is rejected")
    expect_equal(program.counter("tcp_syn_rejected_by_policy"), 2, "SYNs rejected")
    expect(program.counter("segment_dropped_by_policy") >= 2, "the SYN that was dropped did not come again")
    for port in (70, 73):
        wires[port].await_shapes(["L S", "M R."])
        syn, rst = wires[port].segments()
        expect_equal((rst.seq, rst.ack), (0, (syn.seq + 1) % (1 << 32)), f"SEQ and ACK of the RST of port {port}")
    expect_equal({s.shape for s in wires[71].everything("L")}, {"L S"}, "what Linux sends to the port that drops")
    expect(len(wires[71].everything("L")) >= 2, "Linux did not send its SYN again")
    expect_equal(wires[71].everything("M"), [], "what the port that drops answers")
    expect_equal(wires[72].shapes()[:3], ["L S", "M S.", "L ."], "the handshake of the client that is accepted")


def test_S11_the_listeners_clamp_holds_for_both_directions(world):
    server = world.server_on(8080)
    world.proxy({80: 8080}, listener="mss = 1000\n")
    end_capture = _capture(world, "clamp")
    client, peer = world.pair(80, server)
    data = os.urandom(1 << 18)
    for first, second in ((client, peer), (peer, client)):
        sends = Background(first.sendall, data)
        expect(read_exactly(second, len(data)) == data, "256 KiB arrived changed")
        sends.join()
    text = end_capture()
    expect("mss 1000" in _options_of_syn_ack(text), "the SYN,ACK does not say mss 1000")
    ours = [int(n) for n in re.findall(rf"{re.escape(PROXY_CLIENT_IP)}\.80 > .*Flags \[[P.]+\].* length (\d+)", text)]
    expect_equal(max(ours), 988, "our longest segment: 1000 less 12 of timestamps")
    words = _socket_words(world, 80)
    mss = next((word for word in words if word.startswith("mss:")), None)
    expect_equal(mss, "mss:988", "the client's mss by `ss`")
