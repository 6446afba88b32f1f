"""Three network namespaces for a proxy on the kernel's wire, and what the proxy's core did.

    clients' 10.1.0.2 --- veth --- 10.1.0.1  proxy's  10.2.0.1 --- veth --- 10.2.0.2 servers'

A frame is received by the core of the namespace that it reaches (RPS), as by a NIC whose interrupts go there: without it
veth would let the sender's core do the receiver's work.
"""

import contextlib
import functools
import os
import pathlib
import time

from tested import harness

CLIENT, PROXY_CLIENT_SIDE, PROXY_SERVER_SIDE, SERVER = "10.1.0.2", "10.1.0.1", "10.2.0.1", "10.2.0.2"
CLIENT_SIDE, SERVER_SIDE = "mbc", "mbs"  # the proxy's interfaces
LOAD_SIDE = "wire"  # the others', each in its own namespace
# GSO of the kernel's TCP ends at the driver's door then: what crosses the wire are frames of the MTU.
OFFLOADS = ("gro", "gso", "tso")
CPUACCT = pathlib.Path("/sys/fs/cgroup/cpuacct/cpuacct.usage_percpu")
TICKS_PER_SECOND = 100  # of /proc/stat


class Scene:
    """The namespaces. They are gone when the `with` is left, and so are the interfaces and the connections in them."""

    def __init__(self, cores, kernel_proxy):
        """cores: of the proxy and of the others. kernel_proxy: the proxy's side has addresses of the kernel; without, frames
        carry whole checksums, since a packet socket gets them as they are."""
        self.clients, self.proxy, self.servers = (f"mb{os.getpid()}{side}" for side in "cps")
        self._cores, self._kernel_proxy = cores, kernel_proxy
        self._stack = contextlib.ExitStack()

    def __enter__(self):
        with self._stack:
            for name in (self.clients, self.proxy, self.servers):
                harness.run("ip", "netns", "add", name)
                self._stack.callback(harness.run, "ip", "netns", "delete", name)
                self._in(name, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1",
                         "net.ipv4.ip_local_port_range=1024 65535")
            self._join(self.clients, CLIENT, CLIENT_SIDE, PROXY_CLIENT_SIDE)
            self._join(self.servers, SERVER, SERVER_SIDE, PROXY_SERVER_SIDE)
            self._stack = self._stack.pop_all()
        return self

    def __exit__(self, *_):
        self._stack.close()

    @staticmethod
    def entering(namespace, core):
        """The words before a command that runs there."""
        return ["ip", "netns", "exec", namespace, "nice", "-n", "-20", "taskset", "-c", str(core)]

    @staticmethod
    def _in(namespace, *command):
        harness.run("ip", "netns", "exec", namespace, *command)

    def _join(self, namespace, address, interface, proxy_address):
        harness.run("ip", "-n", namespace, "link", "add", LOAD_SIDE, "mtu", "1500", "type", "veth", "peer", "name", interface,
                    "mtu", "1500", "netns", self.proxy)
        self._set_up(namespace, LOAD_SIDE, address, self._cores[1])
        self._set_up(self.proxy, interface, proxy_address if self._kernel_proxy else None, self._cores[0])

    def _set_up(self, namespace, interface, address, core):
        features = OFFLOADS if self._kernel_proxy else (*OFFLOADS, "tx")
        self._in(namespace, "ethtool", "-K", interface, *(word for name in features for word in (name, "off")))
        self._in(namespace, "sh", "-c", f"echo {mask_of(core)} > /sys/class/net/{interface}/queues/rx-0/rps_cpus")
        if address:
            harness.run("ip", "-n", namespace, "addr", "add", f"{address}/24", "dev", interface)
        harness.run("ip", "-n", namespace, "link", "set", interface, "up")


def mask_of(core):
    """As the kernel reads sets of processors: words of 32 bits in hexadecimal, commas between them."""
    return ",".join([f"{1 << core % 32:x}"] + ["0"] * (core // 32))


class CoreSample:
    """What a core has done so far, in seconds: busy by /proc/stat (user, nice, system, irq, softirq); what its tasks had of
    it; and the proxy's threads and the core's ksoftirqd among them."""

    def __init__(self, core, pid):
        tasks = [*pathlib.Path(f"/proc/{pid}/task").iterdir(), ksoftirqd(core)]
        self.at = time.monotonic()
        words = next(line for line in pathlib.Path("/proc/stat").read_text().splitlines() if line.startswith(f"cpu{core} "))
        user, nice, system, _, _, irq, softirq = map(int, words.split()[1:8])
        self.busy = (user + nice + system + irq + softirq) / TICKS_PER_SECOND
        self.softirq = softirq / TICKS_PER_SECOND
        self.tasks = int(CPUACCT.read_text().split()[core]) / 1e9 if CPUACCT.exists() else None
        self.ours = sum(map(running_seconds, tasks))


def running_seconds(task):
    return int((task / "schedstat").read_text().split()[0]) / 1e9


@functools.cache
def ksoftirqd(core):
    return next(path.parent for path in pathlib.Path("/proc").glob("[0-9]*/comm") if read(path) == f"ksoftirqd/{core}\n")


def read(path):
    """Empty when the process has just ended."""
    with contextlib.suppress(OSError):
        return path.read_text()
    return ""


class CoreWindow:
    """Between two samples. The core may have run other programs: what the scheduler gave to tasks that are not ours is taken
    off. Where it does not count by core (no cpuacct), it stays in, and `strangers` is None."""

    def __init__(self, first, last):
        self.seconds = last.at - first.at
        self.busy = last.busy - first.busy
        self.busy_share = min(self.busy / self.seconds, 1.0)
        self.softirq_share = (last.softirq - first.softirq) / max(self.busy, 1e-9)
        self.strangers = None
        if first.tasks is not None and last.tasks is not None:
            self.strangers = max(last.tasks - first.tasks - (last.ours - first.ours), 0.0)
        self.charged = self.busy - (self.strangers or 0.0)

    @property
    def strangers_share(self):
        return (self.strangers or 0.0) / self.seconds
