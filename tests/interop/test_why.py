"""What an operator asks: which connections are there, why did one end, what was on the wire."""

import contextlib
import json
import re
import signal
import subprocess

from harness import (CLIENT_IP, MSS, NOBODY_IP, PROXY_CLIENT_IP, PROXY_SERVER_IP, SERVER_IP, abort, at, expect,
                     expect_equal, expect_reset, read_all, read_exactly, run, wait_until)


def _ss(world, *arguments):
    return run(world.binary("millrace-ss"), "-f", world.file_prefix, *arguments).decode()


def _closed(world, *filters):
    return _ss(world, "--closed", *filters).splitlines()


def _from(address):
    """Any port of that address, as a pattern."""
    return re.escape(at(address, "")) + r"\d+"


def _to(address, port):
    return re.escape(at(address, port))


def _expect_refusal(world, what):
    """The reset may be as quick as the handshake: then connect() has it."""
    with contextlib.suppress(ConnectionResetError):
        expect_reset(world.client.connect(80), what)


def _await_line(world, pattern, *filters):
    """The first line of --closed that matches."""
    def look():
        return next((line for line in _closed(world, *filters) if re.search(pattern, line)), None)
    return wait_until(look, f"--closed has a line like {pattern!r}")


def test_closed_says_that_the_server_refused(world):
    proxy = world.proxy({80: 9999})
    _expect_refusal(world, "a client whose server refuses")
    _await_line(world, rf"{_from(PROXY_SERVER_IP)} -> server {_to(SERVER_IP, 9999)}: refused by the peer "
                       r"\(RST in answer to our SYN, RFC 9293 3\.10\.7\.3\)", "port", "9999")
    _await_line(world, rf"client {_from(CLIENT_IP)} -> {_to(PROXY_CLIENT_IP, 80)}: no server of the upstream answered",
                "port", "80")
    expect(f"upstream up80: {at(SERVER_IP, 9999)} took no connection: refused by the peer" in proxy.log, proxy.tail())
    expect(proxy.counter("closed_refused_by_peer") >= 1, "the refusal is counted")


def test_closed_says_that_the_client_reset(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080})
    client, peer = world.pair(80, server)
    port = client.getsockname()[1]
    client.sendall(b"some bytes")
    expect_equal(read_exactly(peer, 10), b"some bytes", "what the server reads")
    abort(client)
    expect_reset(peer, "the server of a client that resets")
    line = _await_line(world, rf"client {_to(CLIENT_IP, port)} -> {_to(PROXY_CLIENT_IP, 80)}: reset by the peer",
                       "port", str(port))
    expect("RFC 9293 3.10.7.4" in line and "18 B in, 0 B out" in line and "in ESTABLISHED" in line, line)
    _await_line(world, rf"-> server {_to(SERVER_IP, 8080)}: the other connection of the pair ended badly")
    wait_until(lambda: "ended by the client first: reset by the peer" in proxy.log, "the proxy's log says who was first")
    text = _ss(world, "--explain", at(CLIENT_IP, port), at(PROXY_CLIENT_IP, 80))
    expect("Ended by the peer, RST. The peer's program aborted" in text, text)


def test_closed_says_that_the_server_did_not_answer(world):
    proxy = world.proxy({80: [at(NOBODY_IP, 8080)]}, connect_timeout="300ms")
    _expect_refusal(world, "a client whose server is silent")
    _await_line(world, rf"-> server {_to(NOBODY_IP, 8080)}: the server did not answer in time \(connect_timeout")
    expect(f"{at(NOBODY_IP, 8080)} took no connection: the server did not answer in time" in proxy.log, proxy.tail())


def test_explain_follows_a_connection_to_its_end(world):
    server = world.server_on(8080)
    world.proxy({80: 8080})
    client, peer = world.pair(80, server)
    ends = at(CLIENT_IP, client.getsockname()[1]), at(PROXY_CLIENT_IP, 80)
    text = _ss(world, "--explain", *ends)
    expect("ESTABLISHED" in text and "Idle: nothing to send" in text, text)
    expect_equal(_ss(world, "--explain", ends[1], ends[0]).count("ESTABLISHED"), 1, "endpoints in the other order")
    peer.shutdown(1)
    expect_equal(read_all(client), b"", "what the client reads")
    wait_until(lambda: "FIN-WAIT-2" in _ss(world, "--explain", *ends), "our FIN is acknowledged")
    text = _ss(world, "--explain", *ends)
    expect("the peer may send on" in text, text)
    client.close()
    wait_until(lambda: "TIME-WAIT" in _ss(world, "--explain", *ends), "TIME-WAIT is explained")
    text = _ss(world, "--explain", *ends)
    expect("closed, our side first (FIN both ways" in text and "Nothing is wrong" in text, text)
    nobody = subprocess.run([world.binary("millrace-ss"), "-f", world.file_prefix, "--explain", at(CLIENT_IP, 1), ends[1]],
                            stdout=subprocess.PIPE, timeout=60)
    expect_equal(nobody.returncode, 3, "the exit code for a connection that nobody knows")
    expect(b"not known" in nobody.stdout, nobody.stdout.decode())


def test_a_thousand_connections_are_listed_once_each(world):
    world.echo({7: 'service = "echo"'})
    clients = [world.client.connect(7) for _ in range(1000)]
    ports = {client.getsockname()[1] for client in clients}
    for client in clients:
        client.sendall(b"x")
        expect_equal(read_exactly(client, 1), b"x", "the echo")
    rows = [json.loads(line) for line in _ss(world, "--json", "state", "established").splitlines()]
    listed = [row["remote"] for row in rows]
    expect_equal(len(listed), len(set(listed)), "rows and different connections")
    expect_equal({int(remote.rsplit(":", 1)[1]) for remote in listed}, ports, "the ports listed")
    expect(all(row["bytes_in"] == 1 and row["bytes_out"] == 1 for row in rows), "each has moved a byte both ways")
    one = _ss(world, "-1", "host", CLIENT_IP, "port", str(clients[500].getsockname()[1])).splitlines()
    expect_equal(len(one), 2, "head and one line for one port")
    expect(one[1].startswith("ESTABLISHED"), one[1])
    for client in clients:
        client.close()
    summary = _ss(world, "--summary")
    expect("closed, the peer first" in summary and "busy" in summary, summary)


def _read_by_tcpdump(file):
    """(time, source, destination, flags) of every segment, and the whole text."""
    text = run("tcpdump", "-nn", "-tt", "-vv", "-r", str(file), "tcp").decode(errors="replace")
    segments, when = [], None
    for line in text.splitlines():
        # Of IPv4 a segment is on a line of its own, of IPv6 on the line of the stamp.
        if stamp := re.match(r"^(\d+\.\d+) IP", line):
            when = float(stamp[1])
        if segment := re.search(r"(\S+) > (\S+): Flags \[(\S+)\], cksum 0x[0-9a-f]+ \(correct\)", line):
            segments.append((when, segment[1], segment[2], segment[3]))
    return segments, text


def test_dump_has_both_connections_of_a_pair(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080})
    file = world.directory / "pair.pcapng"
    dump = world.start("millrace-dump", [world.binary("millrace-dump"), "-f", world.file_prefix, "-w", str(file),
                                         "port", "80", "port", "8080"])
    wait_until(lambda: "capturing into" in dump.log, "the capture runs")
    client, peer = world.pair(80, server)
    client.sendall(b"to the server")
    expect_equal(read_exactly(peer, 13), b"to the server", "what the server reads")
    client.shutdown(1)
    expect_equal(read_all(peer), b"", "the end")
    peer.close()
    expect_equal(read_all(client), b"", "the end on the client's side")
    client.close()
    second, other = world.pair(80, server)
    abort(second)
    expect_reset(other, "the server of a client that resets")
    dump.signal(signal.SIGINT)
    expect_equal(dump.wait(), 0, f"the exit code of millrace-dump\n{dump.log}")
    expect("ended: stopped" in dump.log, dump.log)

    segments, text = _read_by_tcpdump(file)
    expect("incorrect" not in text, f"a checksum is wrong:\n{text[:3000]}")
    legs = {(source.rsplit(".", 1)[0], target.rsplit(".", 1)[0]) for _, source, target, _ in segments}
    expect_equal(legs, {(CLIENT_IP, PROXY_CLIENT_IP), (PROXY_CLIENT_IP, CLIENT_IP), (PROXY_SERVER_IP, SERVER_IP),
                        (SERVER_IP, PROXY_SERVER_IP)}, "who speaks to whom in the file")
    for flags in ("S", "S.", ".", "P.", "F.", "R."):
        expect(any(flags == seen for *_, seen in segments), f"no segment with [{flags}]:\n{text[:3000]}")
    times = [when for when, *_ in segments]
    expect_equal(times, sorted(times), "the order of time")
    expect(f"mss {MSS}" in text and "sackOK" in text and "wscale" in text, text[:2000])
    expect_equal(proxy.telemetry("/millrace/capture")["running"], 0, "running afterwards")


def test_dump_ends_at_its_bound_and_refuses_a_second(world):
    server = world.server_on(8080)
    world.proxy({80: 8080})
    file = world.directory / "few.pcapng"
    dump = world.start("millrace-dump", [world.binary("millrace-dump"), "-f", world.file_prefix, "-w", str(file), "--count",
                                         "3", "host", CLIENT_IP])
    wait_until(lambda: "capturing into" in dump.log, "the capture runs")
    second = subprocess.run([world.binary("millrace-dump"), "-f", world.file_prefix, "-w", str(world.directory / "x")],
                            stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
    expect_equal(second.returncode, 1, "the exit code of a second capture")
    expect(b"is running; stop it first" in second.stdout, second.stdout.decode())
    world.pair(80, server)
    expect_equal(dump.wait(), 0, f"the exit code\n{dump.log}")
    expect("3 frames" in dump.log and "ended: count reached" in dump.log, dump.log)
    frames = [line for line in run("tcpdump", "-nn", "-r", str(file)).splitlines() if not line.startswith(b"reading")]
    expect_equal(len(frames), 3, "frames in the file")


def test_tools_say_what_is_wrong(world):
    for tool, extra in (("millrace-ss", ()), ("millrace-dump", ("-w", "/tmp/x"))):
        done = subprocess.run([world.binary(tool), "-f", f"{world.file_prefix}-nobody", *extra], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=60)
        expect_equal(done.returncode, 1, f"the exit code of {tool} without a process")
        expect(b"no process with file prefix" in done.stdout, done.stdout.decode())
        done = subprocess.run([world.binary(tool), "--nonsense"], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60)
        expect_equal(done.returncode, 2, f"the exit code of {tool} for a wrong command line")
        expect(b"--help" in done.stdout, done.stdout.decode())
