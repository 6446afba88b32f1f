"""SIGTERM drains: no new connection, the old ones may finish; a second signal ends at once."""

import signal

from harness import expect, expect_equal, expect_reset, read_all, read_exactly, wait_until


def _start(world, drain):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, drain=drain)
    client, peer = world.pair(80, server)
    client.sendall(b"before")
    expect_equal(read_exactly(peer, 6), b"before", "data before the drain")
    return proxy, client, peer


def _refused(world):
    try:
        world.client.connect(80).close()
    except ConnectionRefusedError:
        return True
    except ConnectionResetError:
        pass
    return False


def test_old_connection_finishes(world):
    proxy, client, peer = _start(world, "50s")
    proxy.signal(signal.SIGTERM)
    wait_until(lambda: _refused(world), "new connections are refused")
    expect(proxy.alive(), "the proxy ended with a connection open")
    for _ in range(10):
        client.sendall(b"during")
        expect_equal(read_exactly(peer, 6), b"during", "data during the drain")
    client.close()
    expect_equal(read_all(peer), b"", "after the client's end")
    peer.close()
    expect_equal(proxy.wait(30), 0, "exit code, with the last connection gone")


def test_deadline_resets_what_stays_open(world):
    proxy, client, peer = _start(world, "1s")
    proxy.signal(signal.SIGTERM)
    expect_reset(client, "a client at the deadline")
    expect_reset(peer, "a server at the deadline")
    expect_equal(proxy.wait(30), 0, "exit code, with a connection that never ends")


def test_deadline_resets_three_thousand(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080}, drain="1s")
    pairs = [world.pair(80, server) for _ in range(3000)]
    proxy.signal(signal.SIGTERM)
    for client, peer in pairs:
        expect_reset(client, "a client at the deadline")
        expect_reset(peer, "a server at the deadline")
    expect_equal(proxy.wait(30), 0, "exit code")


def test_second_signal_ends_at_once(world):
    proxy, client, peer = _start(world, "1000s")
    proxy.signal(signal.SIGTERM)
    wait_until(lambda: _refused(world), "new connections are refused")
    expect(proxy.alive(), "the first signal ended it")
    proxy.signal(signal.SIGTERM)
    proxy.expected_code = 3  # cut short: a connection was alive
    expect_equal(proxy.wait(30), 3, "exit code")


def test_idle_proxy_ends_at_once(world):
    proxy = world.proxy({80: 8080}, drain="1000s")
    proxy.signal(signal.SIGTERM)
    expect_equal(proxy.wait(30), 0, "exit code")
