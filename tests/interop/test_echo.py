"""millrace-echo: its services against Linux sockets."""

import os

from harness import Background, expect, expect_equal, read_all, read_exactly

# Not a power of two, so that a shift by whole buffers does not go unseen.
BLOCK = (1 << 20) - 3


def _stream(total):
    """`total` bytes as pieces of one random block repeated."""
    block = memoryview(os.urandom(BLOCK))
    while total > 0:
        piece = block[:min(total, BLOCK)]
        yield piece
        total -= len(piece)


def _send(sock, pieces):
    for piece in pieces:
        sock.sendall(piece)


def test_one_gibibyte(world):
    total = 1 << 30
    world.echo({7: 'service = "echo"'})
    with world.client.connect(7) as sock:
        block = memoryview(os.urandom(BLOCK))
        sender = Background(_send, sock, (block[:min(BLOCK, total - at)] for at in range(0, total, BLOCK)))
        buffer = memoryview(bytearray(BLOCK))
        for at in range(0, total, BLOCK):
            want = min(BLOCK, total - at)
            have = 0
            while have < want:
                count = sock.recv_into(buffer[have:want])
                expect(count, f"end of stream after {at + have} bytes")
                have += count
            expect(buffer[:want] == block[:want], f"a byte changed between {at} and {at + want}")
        sender.join()


def test_sizes_around_the_segment_size(world):
    world.echo({7: 'service = "echo"'})
    with world.client.connect(7) as sock:
        for size in (1, 2, 535, 536, 1447, 1448, 1449, 1460, 2896, 2897, 65535, 65536, 65537):
            data = os.urandom(size)
            sender = Background(sock.sendall, data)
            expect_equal(read_exactly(sock, size) == data, True, f"echo of {size} bytes is equal")
            sender.join()


def test_end_of_stream_comes_back(world):
    world.echo({7: 'service = "echo"'})
    with world.client.connect(7) as sock:
        data = os.urandom(300_000)
        sender = Background(_send_and_finish, sock, data)
        expect(read_all(sock) == data, "the echo differs")
        sender.join()


def _send_and_finish(sock, data):
    sock.sendall(data)
    sock.shutdown(1)


def test_discard(world):
    world.echo({9: 'service = "discard"'})
    with world.client.connect(9) as sock:
        _send(sock, _stream(32 << 20))
        sock.shutdown(1)
        expect_equal(read_all(sock), b"", "what discard answers")


def test_chargen(world):
    lines = (bytes(ord(" ") + (line + at) % 95 for at in range(72)) + b"\r\n" for line in range(95))
    pattern = b"".join(lines)
    world.echo({19: 'service = "chargen"'})
    with world.client.connect(19) as sock:
        data = read_exactly(sock, 32 << 20)
        expect(data == (pattern * (len(data) // len(pattern) + 1))[:len(data)], "the characters are not RFC 864's pattern")
