"""Many connections: one after another, and at once; and a port where nobody listens."""

import os
import selectors
import socket

from harness import (Background, PROXY_CLIENT_IP, Server, expect, expect_equal, find_values, read_all, read_exactly)


def test_ten_thousand_one_after_another(world):
    page = os.urandom(64)
    world.nginx(files={"page": page})
    proxy = world.proxy({80: 8080})
    request = b"GET /page HTTP/1.0\r\n\r\n"
    with world.client.entered():
        for number in range(10_000):
            with socket.create_connection((PROXY_CLIENT_IP, 80), timeout=60) as sock:
                sock.sendall(request)
                answer = read_all(sock)
                expect(answer.startswith(b"HTTP/1.1 200") and answer.endswith(page), f"connection {number}: {answer!r}")
    expect(proxy.alive(), "the proxy died")


def test_one_thousand_at_once(world):
    count = 1000
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080})
    echo_on_many([world.pair(80, server) for _ in range(count)])
    if world.workers == 1:
        return
    for worker in range(world.workers):
        stats = proxy.telemetry(f"/millrace/stats,{worker}")
        for name in ("rx_packets", "handover_rx_given", "handover_rx_taken", "tcp_passive_opens"):
            expect(sum(find_values(stats, name)) > 0, f"{name} of worker {worker} is 0")


def echo_on_many(pairs):
    """Each connection echoes bytes of its own, then both ends close."""
    echoes = Background(_echo_once, [pair[1] for pair in pairs])
    data = [os.urandom(3000) for _ in pairs]
    for (client, _), mine in zip(pairs, data):
        client.sendall(mine)
    for (client, _), mine in zip(pairs, data):
        expect(read_exactly(client, len(mine)) == mine, "a connection got another one's bytes")
    for client, _ in pairs:
        client.shutdown(socket.SHUT_WR)
    for client, _ in pairs:
        expect_equal(read_all(client), b"", "after the end of the stream")
    expect_equal(echoes.join(), len(pairs), "connections that the server saw closed")


def _echo_once(socks):
    """Echoes on all until each has ended; returns how many ended by FIN."""
    ended = 0
    with selectors.DefaultSelector() as selector:
        for sock in socks:
            selector.register(sock, selectors.EVENT_READ)
        while selector.get_map():
            for key, _ in selector.select():
                data = key.fileobj.recv(1 << 16)
                if data:
                    key.fileobj.sendall(data)
                else:
                    ended += 1
                    selector.unregister(key.fileobj)
                    key.fileobj.shutdown(socket.SHUT_WR)
    return ended


def test_one_thousand_opened_together(world):
    count = 1000
    server = world.server_on(8080)
    world.proxy({80: 8080})
    clients = []
    for _ in range(count):
        sock = world.client.socket()
        sock.setblocking(False)
        sock.connect_ex((PROXY_CLIENT_IP, 80))
        clients.append((world.token(), sock))
    for token, sock in clients:
        sock.settimeout(60)
        with selectors.DefaultSelector() as selector:
            selector.register(sock, selectors.EVENT_WRITE)
            expect(selector.select(60), "a connection is not established")
        expect_equal(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR), 0, "error of a connection")
        sock.sendall(Server.TOKEN.pack(token))
    for token, sock in clients:
        with server.take(token) as peer:
            peer.sendall(b"%d" % token)
        expect_equal(read_all(sock), b"%d" % token, "the server's answer")
        sock.close()


def test_closed_port_refuses(world):
    world.proxy({80: 8080})
    for port in (9, 81, 65535):
        try:
            world.client.connect(port).close()
        except ConnectionRefusedError:
            continue
        expect(False, f"port {port} of the proxy took a connection")
