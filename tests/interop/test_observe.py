"""What an operator sees: configuration check, counters, the list of connections, a capture."""

import subprocess

from harness import CLIENT_IP, MSS, expect, expect_equal, read_all, run


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
    text = run("tcpdump", "-nn", "-vv", "-r", str(capture), "tcp port 80").decode(errors="replace")
    for flags in ("[S]", "[S.]", "[.]", "[F.]"):
        expect(f"Flags {flags}" in text, f"no segment with {flags} in the capture:\n{text[:3000]}")
    expect("incorrect" not in text, f"a checksum is wrong:\n{text[:3000]}")
    expect(f"mss {MSS}" in text, f"no mss {MSS} in the capture:\n{text[:3000]}")
