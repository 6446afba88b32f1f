"""Rows S60 to S62 of tests/scenarios.md, what an operator asks: which connections are there, why did one end, what was
on the wire."""

import contextlib
import json
import os
import re
import signal
import subprocess

from harness import (CLIENT_IP, MSS, NOBODY_IP, PROXY_CLIENT_IP, PROXY_SERVER_IP, SERVER_IP, Background, abort, at,
                     expect, expect_equal, expect_reset, read_all, read_exactly, run, wait_until)
from segments import Wire, deaf


def _ss(world, *arguments):
    return run(world.binary("millrace-ss"), "-f", world.file_prefix, *arguments).decode()


def _closed(world, *filters):
    return _ss(world, "--closed", *filters).splitlines()


def _rows(world, *arguments):
    return [json.loads(line) for line in _ss(world, "--json", *arguments).splitlines()]


def _row(world, *filters):
    """The only live connection that the filters leave."""
    rows = _rows(world, *filters)
    expect_equal(len(rows), 1, f"connections of {' '.join(filters)}: {rows}; their number")
    return rows[0]


def _expect_end(world, port, *wanted):
    """The only connection that has ended with this port: who, how and by which rule."""
    rows = wait_until(lambda: _rows(world, "--closed", "port", str(port)), f"--closed knows port {port}")
    found = [(row["who"], row["how"], row["rule"]) for row in rows]
    expect_equal(found, [wanted], f"who ended port {port}, how, by which rule")


def _linux(namespace, port):
    """What ss says of the socket with this port: the state, and its words of the form name:value."""
    words = namespace.run("ss", "-Htinao", f"( sport = :{port} or dport = :{port} )").decode().split()
    return words[0] if words else None, dict(word.split(":", 1) for word in words if ":" in word)


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


def test_S62_closed_says_that_the_server_refused(world):
    proxy = world.proxy({80: 9999})
    _expect_refusal(world, "a client whose server refuses")
    _await_line(world, rf"{_from(PROXY_SERVER_IP)} -> server {_to(SERVER_IP, 9999)}: refused by the peer "
                       r"\(RST in answer to our SYN, RFC 9293 3\.10\.7\.3\)", "port", "9999")
    _await_line(world, rf"client {_from(CLIENT_IP)} -> {_to(PROXY_CLIENT_IP, 80)}: no server of the upstream answered",
                "port", "80")
    expect(f"upstream up80: {at(SERVER_IP, 9999)} took no connection: refused by the peer" in proxy.log, proxy.tail())
    _expect_end(world, 9999, "the peer", "refused", "refused_by_peer")
    _expect_end(world, 80, "policy", "RST", "app_no_server")
    for rule in ("refused_by_peer", "app_no_server"):
        expect_equal(proxy.counter(f"closed_{rule}"), 1, f"connections ended by {rule}")


def test_S62_closed_says_that_the_client_reset(world):
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
    _expect_end(world, port, "the peer", "RST", "reset_by_peer")
    _expect_end(world, 8080, "policy", "RST", "app_other_leg")
    for rule in ("reset_by_peer", "app_other_leg"):
        expect_equal(proxy.counter(f"closed_{rule}"), 1, f"connections ended by {rule}")
    text = _ss(world, "--explain", at(CLIENT_IP, port), at(PROXY_CLIENT_IP, 80))
    expect("Ended by the peer, RST. The peer's program aborted" in text, text)


def test_S62_closed_says_that_the_server_did_not_answer(world):
    proxy = world.proxy({80: [at(NOBODY_IP, 8080)]}, connect_timeout="300ms")
    _expect_refusal(world, "a client whose server is silent")
    _await_line(world, rf"-> server {_to(NOBODY_IP, 8080)}: the server did not answer in time \(connect_timeout")
    expect(f"{at(NOBODY_IP, 8080)} took no connection: the server did not answer in time" in proxy.log, proxy.tail())
    _expect_end(world, 8080, "policy", "timeout", "app_connect_timeout")
    expect_equal(proxy.counter("closed_app_connect_timeout"), 1, "connections ended by app_connect_timeout")


def test_S62_closed_says_who_sent_the_first_fin(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080})
    by_client, by_server = world.pair(80, server), world.pair(80, server)
    ports = [client.getsockname()[1] for client, _ in (by_client, by_server)]
    for first, second in (by_client, by_server[::-1]):
        first.shutdown(1)
        expect_equal(read_all(second), b"", "what the other end reads")
        second.close()
        expect_equal(read_all(first), b"", "what the first to close reads")
        first.close()
    _expect_end(world, ports[0], "the peer", "FIN", "closed_by_peer")
    _expect_end(world, ports[1], "our application", "FIN", "closed_by_us")
    for rule in ("closed_by_peer", "closed_by_us"):  # each pair has one of both
        wait_until(lambda: proxy.counter(f"closed_{rule}") >= 2, f"two connections ended by {rule}")


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


def test_S61_a_pair_whose_server_is_silent(world):
    """What the client sends waits in the queues of both connections, and goes to the server again and again."""
    server = world.server_on(8080)
    world.proxy({80: 8080})
    client, peer = world.pair(80, server)
    peer.sendall(b"four")
    expect_equal(read_exactly(client, 4), b"four", "what the client reads")
    ends = at(CLIENT_IP, client.getsockname()[1]), at(PROXY_SERVER_IP, peer.getpeername()[1])
    of_client = "host", CLIENT_IP, "port", str(client.getsockname()[1])
    of_server = "host", SERVER_IP, "port", str(peer.getpeername()[1])

    row = wait_until(lambda: (row := _row(world, *of_client))["timers"] is None and row, "the connection is idle")
    for column, wanted in (("state", "ESTABLISHED"), ("local", at(PROXY_CLIENT_IP, 80)), ("remote", ends[0]),
                           ("recv_q", 0), ("send_q", 0), ("flight", 0), ("bytes_in", 8), ("bytes_out", 4), ("mss", MSS),
                           ("retransmits", 0), ("backoff", 0)):
        expect_equal(row[column], wanted, f"{column} of the idle connection")
    expect(row["cwnd"] >= 2 * row["mss"] and row["srtt_us"] > 0 and row["rto_us"] >= 200_000, row)

    data = os.urandom(2 << 20)
    with deaf(peer):
        sender = Background(client.sendall, data)
        wait_until(lambda: _row(world, *of_client)["recv_q"] > 0, "there is no more room in the queue to the server")
        wait_until(lambda: int(_linux(world.client, client.getsockname()[1])[1]["bytes_acked"]) ==
                   _row(world, *of_client)["bytes_in"] + 1, "Linux's bytes_acked are what came in, and the SYN")
        # The timer backs off in its turn's first half, and the segment leaves in the second.
        row = wait_until(lambda: (row := _row(world, *of_server))["backoff"] >= 2 and row["retransmits"] >= 2 and row,
                         "it is sent again and again")
        text = _ss(world, *of_server)
        for column, wanted in (("state", "ESTABLISHED"), ("local", ends[1]), ("remote", at(SERVER_IP, 8080)),
                               ("recv_q", 0)):
            expect_equal(row[column], wanted, f"{column} of the connection to the server")
        expect(row["send_q"] > row["flight"] > 0, row)
        from_client = _row(world, *of_client)
        expect_equal(from_client["bytes_in"] - from_client["recv_q"], 8 + row["send_q"],
                     "what was read from the client: the token and what waits for the server")
        expect("retransmit:" in row["timers"] and "give-up:" in row["timers"], row)
        expect(re.search(rf"^ESTABLISHED +0 +{row['send_q']} +{re.escape(ends[1])} +{_to(SERVER_IP, 8080)} +\d+\n"
                         r"    timers: retransmit \S+ \w+, give-up .* rto:\S+.* rtt:\S+.* cwnd:\d+ ssthresh:\d+ .*"
                         r" in-flight:\d+ retransmits:[1-9]\d* backoff:[1-9]", text, re.M), text)
    expect(read_exactly(peer, len(data)) == data, "what the server reads in the end differs")
    sender.join()
    wait_until(lambda: _row(world, *of_server)["send_q"] == 0, "all is acknowledged")


def test_S61_states_beside_those_of_linux(world):
    server = world.server_on(8080)
    world.proxy({80: 8080})
    client, peer = world.pair(80, server)
    ports = client.getsockname()[1], peer.getpeername()[1]

    def await_states(*wanted):
        """Of the client's connection and the server's; of each, what millrace-ss says and what ss says."""
        def look():
            ours = [[row["state"] for row in _rows(world, "host", host, "port", str(port))]
                    for host, port in zip((CLIENT_IP, SERVER_IP), ports)]
            return *ours, [_linux(world.client, ports[0])[0], _linux(world.server, ports[1])[0]]
        wait_until(lambda: look() == wanted, f"the states are {wanted}")

    await_states(["ESTABLISHED"], ["ESTABLISHED"], ["ESTAB", "ESTAB"])
    client.shutdown(1)
    await_states(["CLOSE-WAIT"], ["FIN-WAIT-2"], ["FIN-WAIT-2", "CLOSE-WAIT"])
    peer.close()
    await_states([], ["TIME-WAIT"], ["TIME-WAIT", None])
    row = _row(world, "host", SERVER_IP, "port", str(ports[1]))
    timer = re.fullmatch(r"time-wait:(\d+)", row["timers"])
    expect(timer and int(timer[1]) <= 2_000_000, f"the timer of TIME-WAIT, 2 MSL being 2 s: {row['timers']}")


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
    """(time, source, destination, flags, SEQ, ACK) of every segment, and the whole text."""
    text = run("tcpdump", "-nn", "-tt", "-vv", "-S", "-r", str(file), "tcp").decode(errors="replace")
    segments, when = [], None
    for line in text.splitlines():
        # Of IPv4 a segment is on a line of its own, of IPv6 on the line of the stamp.
        if stamp := re.match(r"^(\d+\.\d+) IP", line):
            when = float(stamp[1])
        if segment := re.search(r"(\S+) > (\S+): Flags \[(\S+)\], cksum 0x[0-9a-f]+ \(correct\)"
                                r", seq (\d+)(?::\d+)?(?:, ack (\d+))?, win", line):
            segments.append((when, *(word or "" for word in segment.groups())))
    return segments, text


def _as_tcpdump_says(s):
    return (*(f"{address}.{port}" for address, port in (s.source, s.destination)), s.flags, str(s.seq),
            str(s.ack) if s.bits & 16 else "")


def test_S60_dump_has_both_connections_of_a_pair(world):
    server = world.server_on(8080)
    proxy = world.proxy({80: 8080})
    file = world.directory / "pair.pcapng"
    dump = world.start("millrace-dump", [world.binary("millrace-dump"), "-f", world.file_prefix, "-w", str(file),
                                         "port", "80", "port", "8080"])
    wait_until(lambda: "capturing into" in dump.log, "the capture runs")
    wires = Wire(world, world.client, world.client_if, 80), Wire(world, world.server, world.server_if, 8080)
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
    for wire in wires:
        wire.await_segment(lambda s: s.bits & 4, "the RST on either side")
    seen = [_as_tcpdump_says(s) for wire in wires for s in wire.segments()]
    dump.signal(signal.SIGINT)
    expect_equal(dump.wait(), 0, f"the exit code of millrace-dump\n{dump.log}")
    expect("ended: stopped" in dump.log, dump.log)

    segments, text = _read_by_tcpdump(file)
    expect("incorrect" not in text, f"a checksum is wrong:\n{text[:3000]}")
    legs = {(source.rsplit(".", 1)[0], target.rsplit(".", 1)[0]) for _, source, target, *_ in segments}
    expect_equal(legs, {(CLIENT_IP, PROXY_CLIENT_IP), (PROXY_CLIENT_IP, CLIENT_IP), (PROXY_SERVER_IP, SERVER_IP),
                        (SERVER_IP, PROXY_SERVER_IP)}, "who speaks to whom in the file")
    for flags in ("S", "S.", ".", "P.", "F.", "R."):
        expect(any(flags == segment[3] for segment in segments), f"no segment with [{flags}]:\n{text[:3000]}")
    expect_equal(set(seen) - {tuple(segment[1:]) for segment in segments}, set(), "segments that the file lacks")
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
