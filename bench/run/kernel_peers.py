"""Proxies that stand on the kernel's TCP, and Millrace on the kernel's wire, as programs that the benches can start."""

import dataclasses
import pathlib
import shutil
import subprocess
import typing

import scene as scenery
import tested
from tested import harness

CONNECTIONS = 4096  # at once: far more than the load makes


def haproxy_command(directory, _):
    path = directory / "haproxy.cfg"
    servers = "".join(f"  server s{number} {server}\n" for number, server in enumerate(tested.SERVERS))
    path.write_text(f"global\n  nbthread 1\n  maxconn {CONNECTIONS}\n"
                    "defaults\n  mode tcp\n  timeout connect 5s\n  timeout client 60s\n  timeout server 60s\n"
                    f"frontend clients\n  bind {scenery.PROXY_CLIENT_SIDE}:{tested.PROXY_PORT}\n  default_backend servers\n"
                    f"backend servers\n  balance roundrobin\n{servers}")
    return ["haproxy", "-db", "-f", str(path)]


NGINX_STREAM = pathlib.Path("/usr/lib/nginx/modules/ngx_stream_module.so")


def nginx_command(directory, _):
    path = directory / "nginx.conf"
    servers = "".join(f"    server {server};\n" for server in tested.SERVERS)
    path.write_text(f"load_module {NGINX_STREAM};\ndaemon off;\nmaster_process off;\nworker_processes 1;\n"
                    f"pid {directory}/nginx.pid;\nerror_log stderr error;\n"
                    f"events {{ worker_connections {2 * CONNECTIONS}; }}\nstream {{\n"
                    f"  upstream servers {{\n{servers}  }}\n"
                    f"  server {{\n    listen {scenery.PROXY_CLIENT_SIDE}:{tested.PROXY_PORT} backlog=4096;\n"
                    "    proxy_pass servers;\n  }\n}\n")
    return ["nginx", "-p", str(directory), "-e", "stderr", "-c", str(path)]


def millrace_command(directory, context):
    """On packet sockets, and asleep when there is nothing to do, so that busy time is time of work."""
    path = directory / "millrace-proxy.toml"
    devices = [f"net_af_packet{number},iface={interface},blocksz=65536,framesz=2048,framecnt=4096"
               for number, interface in enumerate((scenery.CLIENT_SIDE, scenery.SERVER_SIDE))]
    config = tested.proxy_config(context, context.prefix, devices, 65_536)
    path.write_text(config.replace('idle = "spin"', 'idle = "adaptive"'))
    return [str(context.build / "apps" / "millrace-proxy" / "millrace-proxy"), "-c", str(path)]


@dataclasses.dataclass(frozen=True)
class Peer:
    name: str
    command: typing.Callable  # (directory, context) -> words
    in_kernel: bool
    needs: str  # a program or a module's path
    version: tuple  # a command that prints it
    what: str


PEERS = {peer.name: peer for peer in (
    Peer("haproxy", haproxy_command, True, "haproxy", ("haproxy", "-v"), "mode tcp, nbthread 1, Debian's defaults (no splicing)"),
    Peer("nginx", nginx_command, True, str(NGINX_STREAM), ("nginx", "-v"), "stream, one worker, Debian's defaults"),
)}
MILLRACE = Peer("millrace", millrace_command, False, "ip", ("uname", "-sr"), "Millrace by net_af_packet on both veth, checksums in software, idle adaptive")


class Running(harness.Process):
    """A peer in the proxy's namespace, on its core."""

    telemetry = harness.Millrace.telemetry
    ready = harness.Millrace.ready

    def __init__(self, context, scene, peer):
        self._peer, self.file_prefix = peer, context.prefix
        words = scene.entering(scene.proxy, context.cores[0]) + peer.command(context.directory, context)
        super().__init__(peer.name, words, context.directory / f"{peer.name}.log")

    def await_serving(self):
        serving = self._listens if self._peer.in_kernel else self.ready
        harness.wait_until(lambda: not self.alive() or serving(), f"{self.name} serves", 30)
        harness.expect(self.alive(), f"{self.name} has ended:\n{self.log[-2000:]}")

    def _listens(self):
        """ss of the namespace: a probe would be a connection, with a server's."""
        table = pathlib.Path(f"/proc/{self.popen.pid}/net/tcp").read_text().splitlines()[1:]
        return any(row.split()[1].endswith(f":{tested.PROXY_PORT:04X}") and row.split()[3] == "0A" for row in table)


def missing(name):
    """What to tell who has no such peer installed; None when it is there."""
    needs = PEERS[name].needs
    if shutil.which(needs) or pathlib.Path(needs).exists():
        return None
    return f"{name}: {needs} is not there; scripts/setup.sh --peer {name} installs it from Debian's packages, and starts nothing"


def version(peer):
    """Its first line: program and version."""
    done = subprocess.run(peer.version, capture_output=True, text=True)
    return (done.stdout + done.stderr).splitlines()[0].strip()
