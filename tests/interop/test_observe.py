"""What an operator sees: configuration check, counters, the list of connections, a capture."""

import contextlib
import json
import os
import subprocess

from harness import (CLIENT_IP, MSS, SERVER_IP, at, expect, expect_equal, read_all, read_exactly, run,
                     wait_until)


def _check(world, text):
    path = world.directory / "check.toml"
    path.write_text(text)
    return subprocess.run([world.binary("millrace-proxy"), "-c", str(path), "--check"], stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, timeout=60)


def test_check_of_a_configuration(world):
    good = world.proxy_config({80: ["10.2.0.2:8080"]})
    done = _check(world, good)
    expect_equal(done.returncode, 0, f"--check of a good file: {done.stdout.decode()}")
    for bad in (good + "[oops", good.replace('"1s"', '"soon"', 1), good.replace("port = 80\n", "port = 70000\n"),
                good.replace('upstream = "up80"', 'upstream = "nobody"')):
        done = _check(world, bad)
        expect(done.returncode > 0, f"--check took a bad file: {done.stdout.decode()}")
        expect(done.stdout.strip(), "--check refuses without a word")


def test_connections_are_listed(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080})
    client, _ = world.pair(80, server)
    port = client.getsockname()[1]
    listing = str(proxy.telemetry("/millrace/connections"))
    expect(CLIENT_IP in listing and str(port) in listing, f"{CLIENT_IP} port {port} is not listed: {listing[:500]}")


def _servers(world):
    """The proxy's servers by endpoint, as millrace-ss reads them."""
    lines = run(world.binary("millrace-ss"), "-f", world.file_prefix, "--upstreams", "--json").decode().splitlines()
    return {(row["upstream"], row["server"]): row for row in map(json.loads, lines)}


def test_servers_are_listed_with_their_health(world):
    server = world.server_on(8080)
    good, dead = ("up80", at(SERVER_IP, 8080)), ("up80", at(SERVER_IP, 9))
    proxy = world.proxy({80: [good[1], dead[1]]}, health_interval="1s")
    wait_until(lambda: _servers(world)[dead]["healthy_workers"] == 0, "all workers hold the dead server for unhealthy")
    client, peer = world.pair(80, server)
    row = _servers(world)[good]
    expect_equal((row["workers"], row["healthy_workers"], row["active"]), (world.workers, world.workers, 1),
                 "workers, of them with a healthy server, and its connections")
    expect(row["connections"] >= 1 and row["checks_good"] >= 1 and row["failures"] == 0, str(row))
    expect(_servers(world)[dead]["checks_failed"] >= 3 * world.workers, str(_servers(world)[dead]))
    client.close()
    peer.close()
    wait_until(lambda: _servers(world)[good]["active"] == 0, "the connection is counted out")
    expect(run(world.binary("millrace-ss"), "-f", world.file_prefix, "-u").decode().startswith("Upstream"), "a table")

    stats = proxy.telemetry()
    expect_equal([stats[part]["entries_refused"] for part in ("total", "program")], [0, 0], "counters without a place")
    packets, free = stats["packets"], stats["packets_free"]
    expect(0 < free <= packets, f"{free} of {packets} packets are free")


def test_both_ports_of_a_pair_are_a_filter(world):
    server = world.server_on(8080)
    world.proxy({80: 8080})
    world.pair(80, server)
    lines = run(world.binary("millrace-ss"), "-f", world.file_prefix, "--json", "state", "established", "port", "80",
                "port", "8080").decode().splitlines()
    opened_by = sorted(json.loads(line)["opened_by"] for line in lines)
    expect_equal(opened_by, ["peer", "us"], "both connections of the pair")


def _is_logged_and_serves_on(world, proxy, server):
    """Each refused connect is worth a line in the log."""
    for _ in range(3):
        with contextlib.suppress(ConnectionResetError), world.client.connect(81) as client:
            read_all(client)
    client, peer = world.pair(80, server)
    client.sendall(b"served on")
    expect_equal(read_exactly(peer, 9), b"served on", "data through the proxy")
    client.close()
    peer.close()
    expect_equal(proxy.stop(), 0, "exit code")


def test_the_reader_of_the_log_has_gone(world):
    server = world.server_on(8080)
    read, write = os.pipe()
    proxy = world.proxy({80: 8080, 81: 8081}, stderr=write)
    os.close(write)
    os.close(read)
    _is_logged_and_serves_on(world, proxy, server)


def test_the_reader_of_the_log_stands_still(world):
    server = world.server_on(8080)
    read, write = os.pipe()
    proxy = world.proxy({80: 8080, 81: 8081}, stderr=write)
    os.set_blocking(write, False)
    try:
        with contextlib.suppress(BlockingIOError):
            while True:
                os.write(write, bytes(4096))
        os.set_blocking(write, True)  # as the proxy has it: they share the flag
        _is_logged_and_serves_on(world, proxy, server)
    finally:
        os.close(write)
        os.close(read)


def test_S60_capture_of_handshake_and_close(world):
    server = world.server_on(8080)
    capture = world.directory / "client.pcap"
    proxy = world.proxy({80: 8080}, capture=capture)
    client, peer = world.pair(80, server)
    client.shutdown(1)
    expect_equal(read_all(peer), b"", "what the server reads")
    peer.close()
    expect_equal(read_all(client), b"", "what the client reads")
    client.close()
    proxy.end()
    # A queue has a file of its own.
    files = sorted(world.directory.glob("client.pcap*"))
    expect_equal(len(files), world.workers, "files")
    text = "".join(run("tcpdump", "-nn", "-vv", "-r", str(file), "tcp port 80").decode(errors="replace") for file in files)
    for flags in ("[S]", "[S.]", "[.]", "[F.]"):
        expect(f"Flags {flags}" in text, f"no segment with {flags} in the capture:\n{text[:3000]}")
    expect("incorrect" not in text, f"a checksum is wrong:\n{text[:3000]}")
    expect(f"mss {MSS}" in text, f"no mss {MSS} in the capture:\n{text[:3000]}")
