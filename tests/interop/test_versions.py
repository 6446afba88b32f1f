"""Both IP versions at once: client and server need not speak the same, and listeners say which they take."""

import os
import re
import socket
import struct

from harness import (PROXY_CLIENT_V4, PROXY_CLIENT_V6, SERVER_V4, SERVER_V6, Background, Server, at, expect, expect_equal,
                     read_all, read_exactly, run, wait_until)

SIZE = 1 << 20


def _carries(client, peer):
    """1 MiB each way at once, then the end of both directions."""
    up, down = os.urandom(SIZE), os.urandom(SIZE)
    senders = [Background(client.sendall, up), Background(peer.sendall, down)]
    expect(read_exactly(peer, SIZE) == up, "the client's data differs")
    expect(read_exactly(client, SIZE) == down, "the server's data differs")
    for sender in senders:
        sender.join()
    client.close()
    expect_equal(read_all(peer), b"", "after the client's end")


def test_ipv4_client_of_an_ipv6_server(world):
    server = world.server_on(8080, SERVER_V6)
    world.proxy({80: [at(SERVER_V6, 8080)]}, listen="0.0.0.0")
    _carries(*world.pair(80, server, PROXY_CLIENT_V4))


def test_ipv6_client_of_an_ipv4_server(world):
    server = world.server_on(8080, SERVER_V4)
    world.proxy({80: [at(SERVER_V4, 8080)]}, listen="::")
    _carries(*world.pair(80, server, PROXY_CLIENT_V6))


def test_one_listener_for_both(world):
    server = world.server_on(8080)
    world.proxy({80: 8080}, listen="::")
    for address in (PROXY_CLIENT_V4, PROXY_CLIENT_V6):
        _carries(*world.pair(80, server, address))


def _echo_reply(world, address):
    """Sends one echo request and waits for its answer; the kernel makes and checks ICMPv6's checksum, ICMP's we make."""
    v6 = ":" in address
    body = os.urandom(56)
    request = struct.pack("!BBHHH", 128 if v6 else 8, 0, 0, 0x4d52, 1) + body
    if not v6:
        total = sum(struct.unpack(f"!{len(request) // 2}H", request))
        total = (total & 0xffff) + (total >> 16)
        request = request[:2] + struct.pack("!H", ~(total + (total >> 16)) & 0xffff) + request[4:]
    with world.client.entered():
        sock = socket.socket(socket.AF_INET6 if v6 else socket.AF_INET, socket.SOCK_RAW,
                             socket.IPPROTO_ICMPV6 if v6 else socket.IPPROTO_ICMP)
    with sock:
        sock.settimeout(10)
        sock.sendto(request, (address, 0))
        while True:
            answer = sock.recv(2000)
            answer = answer if v6 else answer[20:]
            if answer[0] == (129 if v6 else 0) and answer[8:] == body:
                return


def test_echo_requests_are_answered(world):
    world.proxy({80: 8080})
    for address in (PROXY_CLIENT_V4, PROXY_CLIENT_V6):
        _echo_reply(world, address)


def _link_local_of(proxy):
    """The address that the proxy's client port has made from its MAC (RFC 2464 4), and that MAC."""
    mac = re.search(r"port client:\n(?:.*\n)*?mac: ([0-9a-fA-F:]+)", proxy.log).group(1).lower()
    octets = [int(octet, 16) for octet in mac.split(":")]
    octets = [octets[0] ^ 2, *octets[1:3], 0xff, 0xfe, *octets[3:]]
    return "fe80::" + ":".join(f"{octets[i] << 8 | octets[i + 1]:x}" for i in range(0, 8, 2)), mac


def test_link_local_addresses(world):
    """Linux finds the link-local address that the port has made for itself, and a connection to it is carried."""
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, listen="::")
    address, _ = _link_local_of(proxy)
    token = world.token()
    with world.client.entered():
        client = socket.create_connection((f"{address}%{world.client_if}", 80), timeout=60)
    client.sendall(Server.TOKEN.pack(token))
    _carries(client, server.take(token))


def test_linux_confirms_us_by_unicast_probes(world):
    proxy = world.proxy({80: 8080})
    _, mac = _link_local_of(proxy)
    client = ("ip", "-n", world.client.name, "-6", "neigh")
    before = proxy.counter("ndp_advertisements_sent")
    run(*client, "replace", PROXY_CLIENT_V6, "dev", world.client_if, "lladdr", mac, "nud", "probe")
    wait_until(lambda: b"REACHABLE" in run(*client, "show", PROXY_CLIENT_V6), "Linux's unicast probe is answered")
    expect(proxy.counter("ndp_advertisements_sent") > before, "no advertisement was sent")


def test_closed_ports_refuse_on_both(world):
    world.proxy({80: 8080}, listen="0.0.0.0")
    for address, port in ((PROXY_CLIENT_V4, 81), (PROXY_CLIENT_V6, 80)):
        try:
            world.client.connect(port, address).close()
        except ConnectionRefusedError:
            continue
        expect(False, f"{at(address, port)} took a connection")
