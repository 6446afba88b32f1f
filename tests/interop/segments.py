"""The segments on a wire between Linux and Millrace, as a raw socket in the namespace sees them, and forged ones.

A segment is written as tcpdump writes it, with who sent it in front: "L S" is Linux's SYN, "M S." Millrace's SYN,ACK,
"M P. 5" five bytes with PSH. Numbers are relative to each side's SYN, which has 0.
"""

import contextlib
import ctypes
import dataclasses
import select
import socket
import struct
import threading

from harness import wait_until

_ETH_IPV4, _ETH_IPV6 = 0x0800, 0x86DD
_SO_ATTACH_FILTER, _SO_DETACH_FILTER, _SO_RCVBUFFORCE = 26, 27, 33
_FLAGS = ((2, "S"), (1, "F"), (4, "R"), (8, "P"), (32, "U"), (16, "."))


@dataclasses.dataclass
class Segment:
    sender: str  # "L" or "M"
    source: tuple
    destination: tuple
    seq: int
    ack: int
    bits: int
    window: int
    dscp: int
    options: dict
    text: bytes
    relative_seq: int = 0
    relative_ack: int = 0

    @property
    def flags(self):
        return "".join(name for bit, name in _FLAGS if self.bits & bit)

    @property
    def shape(self):
        return f"{self.sender} {self.flags}" + (f" {len(self.text)}" if self.text else "")

    @property
    def length(self):
        """SEG.LEN."""
        return len(self.text) + bool(self.bits & 2) + bool(self.bits & 1)

    def __str__(self):
        return f"{self.shape} seq={self.relative_seq} ack={self.relative_ack}"


def _checksum(data):
    data += b"\0" * (len(data) % 2)
    total = sum(struct.unpack(f"!{len(data) // 2}H", data))
    while total >> 16:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def _options(area):
    found, names = {}, {2: "mss", 3: "wscale", 4: "sack_ok", 8: "ts"}
    while area and area[0]:
        if area[0] == 1:
            area = area[1:]
            continue
        if len(area) < 2 or area[1] < 2:
            break
        value = area[2:area[1]]
        found[names.get(area[0], area[0])] = struct.unpack("!II", value) if area[0] == 8 else int.from_bytes(value, "big")
        area = area[area[1]:]
    return found


@contextlib.contextmanager
def deaf(sock):
    """Meanwhile nothing that arrives reaches the socket, as if the network had lost it."""
    nothing = ctypes.create_string_buffer(struct.pack("HBBI", 6, 0, 0, 0))  # BPF: accept 0 bytes
    sock.setsockopt(socket.SOL_SOCKET, _SO_ATTACH_FILTER, struct.pack("HP", 1, ctypes.addressof(nothing)))
    yield
    sock.setsockopt(socket.SOL_SOCKET, _SO_DETACH_FILTER, 0)


def _pack(text):
    return socket.inet_pton(socket.AF_INET6 if ":" in text else socket.AF_INET, text)


class Wire:
    """Everything of one TCP port on an interface of a namespace, from the moment it is made."""

    def __init__(self, world, namespace, interface, port):
        self.namespace, self.interface, self.port = namespace, interface, port
        self._all, self._lock = [], threading.Lock()
        self._start = {}
        with namespace.entered():
            self._sock = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3))
        self._sock.setsockopt(socket.SOL_SOCKET, _SO_RCVBUFFORCE, 64 << 20)
        self._sock.bind((interface, 0))
        self._sock.setblocking(False)
        self._macs = {"L": self._sock.getsockname()[4]}  # Millrace's is learned from what it sends
        self._end = False
        self._thread = threading.Thread(target=self._read, daemon=True)
        self._thread.start()
        world._cleanup.callback(self.close)

    def close(self):
        self._end = True
        self._thread.join()
        self._sock.close()

    def _read(self):
        poll = select.poll()
        poll.register(self._sock, select.POLLIN)
        while not self._end:
            poll.poll(100)
            with self._lock:
                self._drain()

    def _drain(self):
        with contextlib.suppress(OSError):  # nothing more, or the interface has gone
            while True:
                frame, address = self._sock.recvfrom(65536)
                self._take(frame, "L" if address[2] == socket.PACKET_OUTGOING else "M")

    def _look(self):
        """All so far. What Linux has told anybody is among it: the raw socket gets a segment before TCP does."""
        with self._lock:
            self._drain()
            return list(self._all)

    def _take(self, frame, sender):
        kind = struct.unpack_from("!H", frame, 12)[0]
        if kind == _ETH_IPV4 and frame[23] == 6:
            head, traffic_class = 14 + frame[14] % 16 * 4, frame[15]
            end = 14 + struct.unpack_from("!H", frame, 16)[0]
            family, addresses = socket.AF_INET, (frame[26:30], frame[30:34])
        elif kind == _ETH_IPV6 and frame[20] == 6:
            head, end = 54, 54 + struct.unpack_from("!H", frame, 18)[0]
            traffic_class = struct.unpack_from("!H", frame, 14)[0] >> 4 & 0xFF
            family, addresses = socket.AF_INET6, (frame[22:38], frame[38:54])
        else:
            return
        source, destination, seq, ack, offset, bits, window = struct.unpack_from("!HHIIBBH", frame, head)
        if self.port not in (source, destination):
            return
        text = head + offset // 16 * 4
        ends = [(socket.inet_ntop(family, address), port) for address, port in zip(addresses, (source, destination))]
        segment = Segment(sender, *ends, seq, ack, bits, window, traffic_class >> 2, _options(frame[head + 20:text]),
                          frame[text:end])
        if sender == "M":
            self._macs["M"] = frame[6:12]
        start = self._start
        key = (segment.source, segment.destination)
        if bits & 2 and start.get(key) != seq:
            start[key] = seq
        segment.relative_seq = (seq - start.get(key, 0)) % (1 << 32)
        segment.relative_ack = (ack - start.get(key[::-1], 0)) % (1 << 32) if bits & 16 else 0
        self._all.append(segment)

    def everything(self, sender):
        """All that `sender` has sent, repetitions too."""
        return [s for s in self._look() if s.sender == sender]

    def segments(self, sender=None, port=None):
        """What was sent for the first time: a busy machine repeats things. `port`: Linux's end only."""
        seen, first = set(), []
        for s in self._look():
            if (sender and s.sender != sender) or (port and port not in (s.source[1], s.destination[1])):
                continue
            key = (s.source, s.destination, s.seq, s.length, s.bits & 0x17, s.ack if not s.length else 0, s.bits & 4)
            if key not in seen:
                seen.add(key)
                first.append(s)
        return first

    def shapes(self, sender=None, port=None, acks=True):
        """Their shapes; acks=False leaves bare ACKs out."""
        return [s.shape for s in self.segments(sender, port) if acks or s.length or s.bits & 4]

    def await_segment(self, condition, what):
        return wait_until(lambda: next((s for s in self.segments() if condition(s)), None), what)

    def await_shapes(self, wanted, **kwargs):
        wait_until(lambda: self.shapes(**kwargs) == wanted,
                   Late(lambda: f"{wanted} on the wire; seen is {self.shapes(**kwargs)}"))

    def mute(self, address):
        """Linux itself sends nothing more to `address`, so that it does not answer for who is forged."""
        self.namespace.run("ip", *(["-6"] if ":" in address else []), "route", "add", "blackhole", address)

    def forge(self, source, destination, seq, ack=0, bits=16, window=65535, text=b"", options=b""):
        """Sends a segment to Millrace as if `source` had."""
        self._look()  # for the MAC
        options += b"\1" * (-len(options) % 4)
        length = 20 + len(options) + len(text)
        tcp = bytearray(struct.pack("!HHIIBBHHH", source[1], destination[1], seq % (1 << 32), ack % (1 << 32),
                                    (20 + len(options)) // 4 << 4, bits, window, 0, 0) + options + text)
        addresses = _pack(source[0]) + _pack(destination[0])
        six = ":" in source[0]
        pseudo = addresses + (struct.pack("!II", length, 6) if six else struct.pack("!BBH", 0, 6, length))
        tcp[16:18] = struct.pack("!H", _checksum(pseudo + bytes(tcp)))
        if six:
            ip = struct.pack("!IHBB", 6 << 28, length, 6, 64) + addresses
        else:
            ip = struct.pack("!BBHHHBBH", 0x45, 0, 20 + length, 1, 0x4000, 64, 6, 0) + addresses
            ip = ip[:10] + struct.pack("!H", _checksum(ip)) + ip[12:]
        ether = self._macs["M"] + self._macs["L"] + struct.pack("!H", _ETH_IPV6 if six else _ETH_IPV4)
        self._sock.send(ether + ip + bytes(tcp))


class Late:
    """A text that is made when it is needed: what a wait says when it has failed."""

    def __init__(self, make):
        self._make = make

    def __str__(self):
        return self._make()
