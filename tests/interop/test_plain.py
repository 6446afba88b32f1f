"""What our programs never do by themselves: use the urgent mechanism, or change a connection's DSCP."""

import os
import socket

from harness import Background, expect, expect_equal, read_all, read_exactly
from segments import Wire

SIZE = 1 << 20


def _there_and_back(client, peer=None):
    """Sends 1 MiB and reads it back, as an echo or as `peer` sends it; then both ends close."""
    data = os.urandom(SIZE)
    sender = Background(client.sendall, data)
    if peer:
        expect(read_exactly(peer, SIZE) == data, "the data differs")
        sender.join()
        sender = Background(peer.sendall, data)
    expect(read_exactly(client, SIZE) == data, "what comes back differs")
    sender.join()
    client.shutdown(socket.SHUT_WR)
    if peer:
        expect_equal(read_all(peer), b"", "what the server reads behind the data")
        peer.close()
    expect_equal(read_all(client), b"", "what the client reads behind the data")
    client.close()


def _expect_plain(wire, dscp=0):
    """Everything that Millrace has sent, from the SYN to the FIN."""
    wire.await_segment(lambda s: s.sender == "M" and s.bits & 1, "Millrace's FIN")
    sent = wire.everything("M")
    expect(sent[0].bits & 2, f"Millrace's first segment is {sent[0].shape}")
    expect(len(sent) > 100, f"{len(sent)} segments of Millrace for 1 MiB")
    expect_equal([s.shape for s in sent if s.bits & 32], [], "segments with URG")
    expect_equal({s.dscp for s in sent}, {dscp}, "DSCPs")


# Proves SHLD-13, SHLD-23.
def test_a_transfer_through_the_proxy(world):
    server = world.server_on(8080)
    world.proxy({80: 8080})
    wires = Wire(world, world.client, world.client_if, 80), Wire(world, world.server, world.server_if, 8080)
    _there_and_back(*world.pair(80, server))
    for wire in wires:
        _expect_plain(wire)


# Proves SHLD-13, SHLD-23.
def test_a_transfer_with_the_echo_program(world):
    world.echo({7: 'service = "echo"', 8: 'service = "echo"\ndscp = 46'})
    for port, dscp in ((7, 0), (8, 46)):
        wire = Wire(world, world.client, world.client_if, port)
        _there_and_back(world.client.connect(port))
        _expect_plain(wire, dscp)
