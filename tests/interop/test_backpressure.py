"""A reader that stands still holds its own sender back and nobody else."""

import contextlib
import fcntl
import os
import socket
import struct
import termios
import time

from harness import Background, alone, expect, expect_equal, find_values, read_exactly, wait_until

STALLED = 100
BYTES = 3000


def _push(pairs):
    """Feeds every connection one byte per segment, up to BYTES of them, until none takes any more; returns how many
    each took."""
    taken, idle = [0] * len(pairs), 0
    for client, _ in pairs:
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        client.setblocking(False)
    while idle < 50 and min(taken) < BYTES:
        idle += 1
        for index, (client, _) in enumerate(pairs):
            with contextlib.suppress(BlockingIOError):
                if taken[index] < BYTES:
                    client.send(bytes([taken[index] % 251]))
                    taken[index] += 1
                    idle = 0
        if idle:
            time.sleep(0.02)
    return taken


def _rate(client, peer, seconds=2.0):
    """Bytes per second from client to peer."""
    block = os.urandom(1 << 16)
    start = time.monotonic()
    moved = 0
    while time.monotonic() - start < seconds:
        sender = Background(client.sendall, block * 16)
        read_exactly(peer, len(block) * 16)
        sender.join()
        moved += len(block) * 16
    return moved / (time.monotonic() - start)


def _held_between(client, peer, taken):
    """Bytes that are neither in the client's kernel nor in the server's."""
    def count(sock, request):
        return struct.unpack("i", fcntl.ioctl(sock, request, b"\0" * 4))[0]
    return taken - count(client, termios.TIOCOUTQ) - count(peer, termios.FIONREAD)


@alone
def test_one_byte_segments_to_stalled_readers(world):
    server, stalled = world.server_on(8080), world.server_on(8081, receive_buffer=2048)
    proxy = world.proxy({80: 8080, 81: 8081})
    lively = world.pair(80, server)
    before = _rate(*lively)
    pairs = [world.pair(81, stalled) for _ in range(STALLED)]
    taken = _push(pairs)
    wait_until(lambda: sum(_held_between(*pair, count) for pair, count in zip(pairs, taken)) > STALLED * BYTES / 10,
               "the proxy holds what stalled readers leave")
    packets, free = proxy.counter("packets"), proxy.counter("packets_free")
    expect(free > packets / 2, f"{free} of {packets} packets are free while {STALLED} readers stand still")
    expect_equal(sum(find_values(proxy.telemetry("/millrace/ports"), "rx_no_buffer")), 0, "frames without a buffer")
    # A ratio within one run, with room for a noisy machine: starved would be nearly nothing.
    during = _rate(*lively)
    expect(during > before / 4, f"the other connection fell from {before / 1e6:.0f} to {during / 1e6:.0f} MB/s")
    for (client, peer), count in zip(pairs, taken):
        client.setblocking(True)
        expect_equal(read_exactly(peer, count), bytes(at % 251 for at in range(count)), "a stalled connection's bytes")
    expect(proxy.alive(), "the proxy died")


def test_stalled_reader_holds_its_sender(world):
    server = world.server_on(8080)
    world.proxy({80: 8080})
    client, peer = world.pair(80, server)
    other = world.pair(80, server)
    client.setblocking(False)
    block, sent, quiet = os.urandom(1 << 16), 0, 0
    # The sender is held when nothing has moved for a while. Without back-pressure it would never be.
    while quiet < 50:
        try:
            sent += client.send(block[sent % len(block):])
            quiet = 0
        except BlockingIOError:
            quiet += 1
            time.sleep(0.02)
        expect(sent < 256 << 20, "256 MiB went into a connection that nobody reads")
    other[0].sendall(b"still here")
    expect_equal(read_exactly(other[1], 10), b"still here", "another connection's data")
    stream = block * (sent // len(block) + 1)
    expect(read_exactly(peer, sent) == stream[:sent], "the data differs once it is read")
