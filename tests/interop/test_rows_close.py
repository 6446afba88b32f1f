"""Rows S20 to S25 of tests/scenarios.md against Linux: what is on the wire and what Linux says its state is."""

import os
import socket
import time

import harness
from harness import Background, expect, expect_equal, read_all, read_exactly, wait_until
from segments import Late, Wire


def _state(namespace, port):
    """What ss says of the socket with this local port; None when there is none."""
    lines = namespace.run("ss", "-Htan", f"sport = :{port}").decode().splitlines()
    return lines[0].split()[0] if lines else None


def _await_state(namespace, port, wanted):
    wait_until(lambda: _state(namespace, port) == wanted, f"ss says {wanted} of port {port}")


def _pair(world):
    """Through the proxy: the client's socket, the server's, and the wires of both."""
    server = world.server_on(8080)
    world.proxy({80: 8080})
    wires = Wire(world, world.client, world.client_if, 80), Wire(world, world.server, world.server_if, 8080)
    return *world.pair(80, server), *wires


def _closing(wire):
    """The segments from the first FIN on, without what answers old ones. Of the bare ACKs those that are the first to
    cover a FIN: others are of data, or repeat what was said. No reset that takes its SEQ from an ACK of before the FIN.

    The handshake's ACK may come behind all others: a TAP with several queues moves a flow to the queue that Millrace
    answers by, and another worker may take long to hand over what it got before. It is acknowledged as an old segment
    then, or reset when nothing is left of the connection (RFC 9293 3.10.7.1).
    """
    segments = wire.segments()
    ends = {s.sender: s.relative_seq + s.length for s in segments if s.bits & 1}
    first = next((n for n, s in enumerate(segments) if s.bits & 1), len(segments))
    kept, covered = [], set()
    for s in segments[first:]:
        covers = s.relative_ack == ends.get("L" if s.sender == "M" else "M")
        answers_old = s.bits & 20 == 4 and s.relative_seq < ends.get(s.sender, 0)
        if (s.length or s.bits & 4 or (covers and s.sender not in covered)) and not answers_old:
            kept.append(s)
        if covers:
            covered.add(s.sender)
    return kept


def _await_closing(wire, wanted):
    wait_until(lambda: [s.shape for s in _closing(wire)] == wanted,
               Late(lambda: f"{wanted} ends the connection; seen is {[str(s) for s in wire.segments()]}"))


def test_S20_linux_closes_first(world):
    client, server, wire, _ = _pair(world)
    port = client.getsockname()[1]
    client.shutdown(socket.SHUT_WR)
    expect_equal(read_all(server), b"", "what the server reads")
    _await_state(world.client, port, "FIN-WAIT-2")
    server.close()
    expect_equal(read_all(client), b"", "what the client reads")
    _await_state(world.client, port, "TIME-WAIT")
    _await_closing(wire, ["L F.", "M .", "M F.", "L ."])
    fin, ack, their_fin, last = _closing(wire)
    expect_equal(ack.relative_ack, fin.relative_seq + 1, "ACK of Linux's FIN")
    expect_equal(last.relative_ack, their_fin.relative_seq + 1, "ACK of Millrace's FIN")


def test_S20_millrace_closes_first(world):
    client, server, wire, _ = _pair(world)
    port = client.getsockname()[1]
    server.shutdown(socket.SHUT_WR)
    expect_equal(read_all(client), b"", "what the client reads")
    _await_state(world.client, port, "CLOSE-WAIT")
    wait_until(lambda: _closing(wire)[1:], "Linux acknowledges the FIN")
    client.close()
    _await_closing(wire, ["M F.", "L .", "L F.", "M ."])
    wait_until(lambda: _state(world.client, port) is None, "Linux has left LAST-ACK")


def test_S21_fin_and_ack_travel_together(world):
    world.echo({7: 'service = "echo"'})
    wire = Wire(world, world.client, world.client_if, 7)
    client = world.client.connect(7)
    port = client.getsockname()[1]
    client.close()
    _await_closing(wire, ["L F.", "M F.", "L ."])
    expect_equal(_closing(wire)[1].relative_ack, 2, "ACK of Linux's FIN")
    _await_state(world.client, port, "TIME-WAIT")


def _expect_data_behind_the_fin(wire, sender, end):
    """After the other side's FIN `sender` sends text, and its own FIN stands at `end`."""
    fin = wire.await_segment(lambda s: s.sender == sender and s.bits & 1, f"{sender}'s FIN")
    expect(any(s.text for s in _closing(wire)[1:] if s.sender == sender), "no text behind the FIN")
    expect_equal(fin.relative_seq + len(fin.text), end, "SEQ of the second FIN")


def test_S22_millrace_sends_on_after_linux_has_closed(world):
    client, server, wire, _ = _pair(world)
    client.shutdown(socket.SHUT_WR)
    expect_equal(read_all(server), b"", "what the server reads")
    data = os.urandom(1 << 20)
    sender = Background(server.sendall, data)
    time.sleep(0.5)
    expect_equal(_state(world.client, client.getsockname()[1]), "FIN-WAIT-2", "half a second later Linux is in")
    expect(read_exactly(client, len(data)) == data, "the data after Linux's FIN differs")
    sender.join()
    server.close()
    expect_equal(read_all(client), b"", "the end")
    _expect_data_behind_the_fin(wire, "M", 1 + len(data))
    expect_equal([s.shape for s in wire.segments() if s.bits & 4], [], "resets")


def test_S22_millrace_receives_after_it_has_closed(world):
    client, server, wire, _ = _pair(world)
    server.shutdown(socket.SHUT_WR)
    expect_equal(read_all(client), b"", "what the client reads")
    data = os.urandom(1 << 20)
    sender = Background(client.sendall, data)
    expect(read_exactly(server, len(data)) == data, "the data after Millrace's FIN differs")
    sender.join()
    client.close()
    expect_equal(read_all(server), b"", "the end")
    _expect_data_behind_the_fin(wire, "L", 1 + 8 + len(data))  # the token came first


def test_S25_fin_behind_all_data_through_a_closed_window(world):
    client, server, wire, _ = _pair(world)
    client.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4096)
    data = os.urandom(3 << 20)
    sender = Background(lambda: (server.sendall(data), server.close()))
    wire.await_segment(lambda s: s.sender == "L" and s.window == 0, "Linux closes its window")
    time.sleep(0.5)
    expect(read_all(client) == data, "the data before the FIN differs")
    sender.join()
    wire.await_segment(lambda s: s.sender == "M" and s.bits & 1, "Millrace's FIN")
    fins = [s for s in wire.segments(sender="M") if s.bits & 1]
    expect_equal(len({s.relative_seq + len(s.text) for s in fins}), 1, "places of the FIN")
    expect_equal(fins[0].relative_seq + len(fins[0].text), 1 + len(data), "SEQ of the FIN")
    client.close()
