"""Wires between what is measured and who loads it, on one machine: pairs of DPDK devices, and who pays for the copies."""

import dataclasses
import pathlib


@dataclasses.dataclass(frozen=True)
class Wire:
    name: str
    copies: str  # whose cycles carry the frames
    tested: str  # device of what is measured; {path}: a socket's, {mac}: its MAC
    load: str
    tested_first: bool  # who makes the socket, and so has to start first

    def devices(self, directory, number, mac):
        """((of what is measured, of the load), the socket's path). A socket that an earlier run has left is gone."""
        path = f"{directory}/{self.name}{number}.sock"
        pathlib.Path(path).unlink(missing_ok=True)
        return (self.tested.format(path=path, mac=mac, n=number), self.load.format(path=path, n=number)), path


WIRES = {wire.name: wire for wire in (
    Wire("memif", "memif: each side copies what it sends and what it receives",
         "net_memif{n},role=server,id=0,socket={path},socket-abstract=no,rsize=10,mac={mac}",
         "net_memif{n},role=client,id=0,socket={path},socket-abstract=no,rsize=10", True),
    Wire("virtio", "virtio_user at what is measured, vhost at the load: the load copies both ways; no merged buffers",
         "net_virtio_user{n},path={path},queues=1,mrg_rxbuf=0,mac={mac}",
         "net_vhost{n},iface={path},queues=1", False),
)}
