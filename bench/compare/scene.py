"""The scene of a comparison: one impairing link, two senders on its side a, one receiver on its side b.

    Linux namespace   10.9.0.1  net_tap ---+
                                           +--- millrace-link ---  net_tap  10.9.0.2  receiver's namespace
    millrace-echo     10.9.0.3  net_memif -+

Both senders go through the same queue, rate, delay and dice to the same receiver; it measures. Ports are told apart by
what they serve: a body's size or chargen, under one congestion control. Everything that is started or made here ends
with the scene, also when it fails.
"""

import contextlib
import json
import os
import pathlib
import shutil
import subprocess
import sys
import tempfile

ROOT = pathlib.Path(__file__).resolve().parents[2]
sys.path.insert(0, str(ROOT / "tests" / "interop"))

import harness  # noqa: E402

# Linux's TCP runs before all programs, where the link hands a frame over. So that neither stack nor the receiver waits for
# the programs of others meanwhile, all that takes part runs before them, the link before all.
FIRST = ("chrt", "--fifo", "1")

LINUX, RECEIVER, MILLRACE = "10.9.0.1", "10.9.0.2", "10.9.0.3"
MACS = {LINUX: "02:4d:52:00:09:01", RECEIVER: "02:4d:52:00:09:02", MILLRACE: "02:4d:52:00:09:03"}
ADDRESSES = {"linux": LINUX, "millrace": MILLRACE}
MILLRACE_CONTROL = {"reno": "newreno", "cubic": "cubic", "bbr": "bbr"}
SERVICES = ("chargen", 10_000, 100_000, "discard")

# Room for two bandwidth-delay products in flight, and Linux's own auto-tuning within it. The rest is Linux's default.
LINUX_SETTINGS = {
    "net.ipv4.tcp_wmem": "4096 16384 16777216",
    "net.ipv4.tcp_rmem": "4096 131072 33554432",
    "net.ipv4.tcp_no_metrics_save": "1",  # else a connection begins with what the one before it has learned
}
LINUX_NOTED = ("net.ipv4.tcp_sack", "net.ipv4.tcp_recovery", "net.ipv4.tcp_early_retrans", "net.ipv4.tcp_frto",
               "net.ipv4.tcp_ecn", "net.ipv4.tcp_timestamps")


class Link(harness.Process):
    """millrace-link, with its orders."""

    def __init__(self, binary, sides, file_prefix, directory):
        words = [word for side, devices in zip("ab", sides) for device in devices for word in (f"-{side}", device)]
        self._errors = open(directory / "link.errors", "wb")
        super().__init__("millrace-link", [binary, *words, "--realtime", "--file-prefix", file_prefix],
                         directory / "link.log", stdin=subprocess.PIPE, stderr=self._errors)
        self._read = 0
        first = self._next_line()
        harness.expect(first.startswith("ready:"), f"millrace-link did not start: {first}")

    def _next_line(self):
        def whole_line():
            if not self.alive():
                errors = pathlib.Path(self._errors.name).read_text(errors="replace")
                raise harness.Failure(f"millrace-link has ended:\n{errors}")
            line, end, _ = self.log[self._read:].partition("\n")
            return (line,) if end else None

        line = harness.wait_until(whole_line, "millrace-link answers", 20, 0.002)[0]
        self._read += len(line) + 1
        return line

    def order(self, text):
        self.popen.stdin.write(f"{text}\n".encode())
        self.popen.stdin.flush()
        return self._next_line()

    def impair(self, forward, back):
        for direction, profile in (("forward", forward), ("back", back)):
            words = " ".join(f"{name.replace('_', '-')}={value}" for name, value in profile.items())
            harness.expect_equal(self.order(f"{direction} {words}"), "ok", f"the link takes '{words}'")

    def reset(self):
        self.order("reset")

    def counters(self):
        return json.loads(self.order("counters"))


class Scene:
    def __init__(self, build, controls, captures=None):
        """controls: the congestion controls to serve. captures: a directory for a pcap of Millrace's port."""
        self.build = pathlib.Path(build).resolve()
        self.controls, self.captures = list(controls), captures
        self.tag = f"mc{os.getpid()}"
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="millrace-compare-"))
        self.millrace = None
        self.realtime = subprocess.run([*FIRST, "true"], stderr=subprocess.DEVNULL).returncode == 0
        self._cleanup = contextlib.ExitStack()
        self._cleanup.callback(shutil.rmtree, self.directory, ignore_errors=True)
        try:
            self._set_up()
        except BaseException:
            self.close()
            raise

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        self._cleanup.close()

    # Where a service is.

    def port(self, control, service):
        return 9000 + 10 * self.controls.index(control) + SERVICES.index(service)

    def target(self, sender, control, service):
        return f"{ADDRESSES[sender]}:{self.port(control, service)}"

    # Setting up.

    def _set_up(self):
        self.linux = self._namespace("linux", LINUX)
        self.receiver = self._namespace("receiver", RECEIVER)
        self.link = self._start_link()
        self._adopt(self.linux, f"{self.tag}l")
        self._adopt(self.receiver, f"{self.tag}r")
        self.millrace = self._start_millrace()
        self._start_linux_sender()
        for address in (LINUX, MILLRACE):
            self.receiver.run("ip", "neigh", "replace", address, "lladdr", MACS[address], "dev", f"{self.tag}r",
                              "nud", "permanent")
        self.linux.run("ip", "neigh", "replace", RECEIVER, "lladdr", MACS[RECEIVER], "dev", f"{self.tag}l",
                       "nud", "permanent")
        for sender in ADDRESSES:
            harness.wait_until(lambda: self._answers(sender), f"{sender} serves through the link")

    def _namespace(self, name, address):
        namespace = harness.Namespace(f"{self.tag}-{name}", address)
        self._cleanup.callback(namespace.remove)
        namespace.run("sysctl", "-qw", *(f"{key}={value}" for key, value in LINUX_SETTINGS.items()))
        return namespace

    def _memif(self, role):
        return f"net_memif0,role={role},id=0,socket={self.directory}/memif.sock,socket-abstract=no"

    def _start_link(self):
        link = Link(self.build / "bench" / "link" / "millrace-link",
                    ((f"net_tap0,iface={self.tag}l", self._memif("server")), (f"net_tap1,iface={self.tag}r",)),
                    f"{self.tag}k", self.directory)
        self._cleanup.callback(self._end_programs, link)
        return link

    def _end_programs(self, link):
        # A memif port does not survive that its peer ends while it polls: the link stands still until Millrace is gone.
        link.freeze()
        if self.millrace:
            self.millrace.stop()
        link.popen.kill()
        link.popen.wait()

    def _adopt(self, namespace, interface):
        """As links of frames of one MTU: no segmentation or merging, and no queue before the link's own."""
        namespace.adopt(interface, MACS[namespace.address], namespace.address)
        namespace.run("ip", "link", "set", interface, "txqueuelen", "10000")
        namespace.run("tc", "qdisc", "replace", "dev", interface, "root", "pfifo", "limit", "10000")
        namespace.run("ethtool", "-K", interface, "tso", "off", "gso", "off", "gro", "off")

    def _millrace_config(self):
        text = (f'drain = "0s"\n[runtime]\nworkers = 1\nhugepages = "off"\nfile_prefix = "{self.tag}m"\nidle = "adaptive"\n'
                f'[[port]]\nname = "link"\ndevice = "{self._memif("client")},mac={MACS[MILLRACE]}"\n'
                f'addresses = ["{MILLRACE}/24"]\n'
                '[limits]\nconnections = 4096\npackets = 65536\n'
                'send_buffer_max = "16MiB"\nreceive_buffer_max = "32MiB"\n[tcp]\nmsl = "1s"\n')
        if self.captures:
            text = text.replace("[limits]", f'capture = "{self.captures}/millrace.pcap"\n[limits]', 1)
        for control in self.controls:
            for service in SERVICES:
                what = f'service = "http"\nbody_size = {service}' if isinstance(service, int) else f'service = "{service}"'
                text += (f'[[listener]]\naddress = "{MILLRACE}"\nport = {self.port(control, service)}\n{what}\n'
                         f'congestion_control = "{MILLRACE_CONTROL[control]}"\n')
        return text

    def _start_millrace(self):
        program = harness.Millrace("millrace-echo", self.build / "apps" / "millrace-echo" / "millrace-echo",
                                   self._millrace_config(), f"{self.tag}m", (), self.directory)
        if self.realtime:
            harness.run(*FIRST[:2], "--all-tasks", "--pid", FIRST[2], str(program.popen.pid))
        return program

    def _first(self, *words):
        return (*FIRST, *words) if self.realtime else words

    def _start_linux_sender(self):
        words = [f"{self.port(control, service)}:{service}:{control}"
                 for control in self.controls for service in SERVICES]
        sender = harness.Process("linux-sender", self.linux.command(*self._first(self.program("linux-sender"), *words)),
                                 self.directory / "linux-sender.log")
        self._cleanup.callback(sender.stop, 2)
        harness.wait_until(lambda: not sender.alive() or "ready:" in sender.log, "linux-sender is ready")
        harness.expect(sender.alive(), f"linux-sender ended: {sender.log}")

    def _answers(self, sender):
        found = self.receive("answers", self.target(sender, self.controls[0], SERVICES[1]), SERVICES[1], 1, 0, 0.5)
        return found["failed"] == 0

    # Measuring.

    def program(self, name):
        return self.build / "bench" / "compare" / name

    def receive(self, *words, timeout=120):
        """What the receiver has measured."""
        return self._measured("receiver", words, timeout)

    def upload(self, *words, timeout=120):
        """What the uploader has measured, beside the receiver."""
        return self._measured("uploader", words, timeout)

    def _measured(self, program, words, timeout):
        command = self._first(self.program(program), *map(str, words))
        return json.loads(self.receiver.run(*command, timeout=timeout))

    def settings(self):
        """What was set, and what Linux has by itself."""
        names = [*LINUX_SETTINGS, *LINUX_NOTED]
        values = self.linux.run("sysctl", "-n", *names).decode().splitlines()
        kernel = pathlib.Path("/proc/sys/kernel/osrelease").read_text().strip()
        return {"kernel": kernel, "real-time scheduling": "yes" if self.realtime else "refused", **{name: " ".join(value.split()) for name, value in zip(names, values)}}

    def linux_counters(self, namespace):
        """TcpExt and Tcp of /proc/net/netstat and snmp, by name."""
        numbers = {}
        for path in ("/proc/net/netstat", "/proc/net/snmp"):
            lines = namespace.run("cat", path).decode().splitlines()
            for names, values in zip(lines[::2], lines[1::2]):
                numbers.update((name, int(value)) for name, value in zip(names.split()[1:], values.split()[1:]))
        return numbers

    def millrace_counters(self):
        return {name.removeprefix("tcp_"): value for name, value in self.millrace.telemetry()["total"].items()
                if name.startswith("tcp_")}
