"""millrace-load: against nginx through a TAP port, and against millrace-echo over a link of shared memory (memif)."""

import json
import os

from harness import (PROXY_CLIENT_IP, PROXY_SERVER_IP, SERVER_IP, Process, at, expect, expect_equal, wait_until)


def _length(address):
    return 64 if ":" in address else 24


class Load(Process):
    """A run of millrace-load; result() waits for its report."""

    def __init__(self, world, device, source, target, *args):
        self._report = world.directory / "load.json"
        super().__init__("millrace-load", [
            world.binary("millrace-load"), *args, "--device", device, "--source", f"{source}/{_length(source)}", "--target", target,
            "--json", self._report, "--file-prefix", f"{world.tag}l", "--hugepages", "off", "--warmup", "0.2"],
            world.directory / "load.log")
        world._cleanup.callback(self.stop, 2)

    def result(self):
        def read():
            expect(self.alive() or self._report.exists(), f"millrace-load ended with {self.popen.poll()}\n{self.log}")
            try:
                return json.loads(self._report.read_text())
            except (OSError, ValueError):
                return None
        return wait_until(read, "millrace-load has a report")


def _against_nginx(world, *args, port=8080):
    """Through the server namespace's TAP interface. The exit code and the report, None when there is none."""
    load = Load(world, f"net_tap0,iface={world.server_if}", PROXY_SERVER_IP, at(SERVER_IP, port), *args)
    wait_until(lambda: not load.alive() or "port up:" in load.log, "the port is up")
    expect(load.alive(), f"millrace-load ended at its start\n{load.log}")
    world.server.adopt(world.server_if, "02:4d:52:00:00:02", SERVER_IP)
    code = load.wait()
    return code, load.result() if code in (0, 3) else None, load.log


def _expect_good(report, log):
    for trouble in ("mismatches", "bad_answers", "failed", "resets"):
        expect_equal(report[trouble], 0, f"{trouble} of\n{log}")


def test_nginx_keep_alive(world):
    page = os.urandom(10_000)
    root = world.nginx(files={"page": page})
    code, report, log = _against_nginx(world, "http", "--path", "/page", "--body-file", root / "page", "--verify",
                                       "--connections", "20", "--requests", "5000", "--seconds", "30")
    expect_equal(code, 0, f"exit code of\n{log}")
    _expect_good(report, log)
    expect(report["requests"] >= 5000, f"{report['requests']} requests\n{log}")
    expect(report["bytes_in"] >= 5000 * len(page), f"{report['bytes_in']} bytes for 5000 pages of {len(page)}")
    expect(0 < report["latency_us"]["p50"] <= report["latency_us"]["p9999"], f"latencies {report['latency_us']}")


def test_nginx_a_connection_per_request(world):
    world.nginx(files={"page": b"hello"})
    code, report, log = _against_nginx(world, "http", "--path", "/page", "--verify", "--keep-alive", "no",
                                       "--connections", "20", "--requests", "2000", "--seconds", "30")
    expect_equal(code, 0, f"exit code of\n{log}")
    _expect_good(report, log)
    expect(report["connections"] >= 1950, f"{report['connections']} connections\n{log}")


def test_nginx_open_loop(world):
    world.nginx(files={"page": b"hello"})
    code, report, log = _against_nginx(world, "http", "--path", "/page", "--rate", "500", "--seconds", "2")
    expect_equal(code, 0, f"exit code of\n{log}")
    _expect_good(report, log)
    expect(900 <= report["requests"] + report["late"] <= 1100, f"{report['requests']} requests at 500/s in 2 s\n{log}")


def test_nginx_with_another_page(world):
    root = world.nginx(files={"page": b"a" * 500 + b"b" + b"a" * 499, "other": b"a" * 1000})
    code, report, log = _against_nginx(world, "http", "--path", "/page", "--body-file", root / "other", "--verify",
                                       "--connections", "2", "--requests", "10", "--seconds", "10")
    expect_equal(code, 3, f"exit code of\n{log}")
    expect(report["mismatches"] >= 10, f"{report['mismatches']} mismatches\n{log}")
    expect_equal((report["first_mismatch"]["expected"], report["first_mismatch"]["got"]), (ord("a"), ord("b")), "first mismatch")


def test_nobody_listens(world):
    code, _, log = _against_nginx(world, "rr", "--seconds", "1", port=9999)
    expect_equal(code, 1, f"exit code of\n{log}")
    expect("check that the server listens on --target" in log, f"no next step in\n{log}")


def _against_echo(world, port, *args):
    """Over memif. A memif port does not survive that its peer ends while it polls: the load stands still first."""
    socket = f"socket={world.directory}/memif.sock,socket-abstract=no"
    text = world.runtime_table().replace(f"workers = {world.workers}", "workers = 1")
    text += (f'[[port]]\nname = "load"\ndevice = "net_memif0,role=server,{socket}"\ndad_transmits = 0\n'
             f'addresses = ["{PROXY_CLIENT_IP}/{_length(PROXY_CLIENT_IP)}"]\n[limits]\nconnections = 4000\n[tcp]\nmsl = "1s"\n')
    for number, service in ((7, "echo"), (9, "discard"), (19, "chargen"), (80, "http")):
        text += f'[[listener]]\nport = {number}\nservice = "{service}"\n'
    echo = world.millrace("millrace-echo", text, ())
    source = PROXY_CLIENT_IP[:-1] + "2"
    load = Load(world, f"net_memif0,role=client,{socket}", source, at(PROXY_CLIENT_IP, port), *args, "--verify", "--stay")
    report = load.result()
    echo.end()
    load.signal(15)
    expect_equal(load.wait(), 0, f"exit code of\n{load.log}")
    _expect_good(report, load.log)
    return report


def test_echo_requests(world):
    report = _against_echo(world, 7, "rr", "--size", "100", "--requests", "200000", "--seconds", "40")
    expect(report["requests"] >= 200_000, f"{report['requests']} requests")
    expect(0 < report["busy_share"] <= 1, f"busy share {report['busy_share']}")
    expect(report["cycles_per_request"] > 0, "no cycles per request")


def test_echo_connections(world):
    report = _against_echo(world, 7, "cps", "--requests", "20000", "--seconds", "40")
    expect(report["connections"] >= 19_900, f"{report['connections']} connections")


def test_echo_connections_closed_by_the_server(world):
    report = _against_echo(world, 80, "http", "--keep-alive", "no", "--requests", "20000", "--seconds", "40")
    expect(report["connections"] >= 19_900, f"{report['connections']} connections")


def test_echo_holds(world):
    report = _against_echo(world, 7, "hold", "--connections", "2000", "--rate", "1000", "--seconds", "2")
    expect_equal(report["held"], 2000, "connections held")
    expect(report["requests"] > 0, "nobody was asked")


def test_echo_bulk_down(world):
    report = _against_echo(world, 19, "bulk", "--connections", "4", "--seconds", "2")
    expect(report["bytes_in"] > 1 << 20, f"{report['bytes_in']} bytes")


def test_echo_bulk_both(world):
    report = _against_echo(world, 7, "bulk", "--direction", "both", "--connections", "4", "--seconds", "2")
    expect(min(report["bytes_in"], report["bytes_out"]) > 1 << 20, f"{report['bytes_in']} bytes in, {report['bytes_out']} out")


def test_echo_requests_beside_a_flood(world):
    report = _against_echo(world, 7, "mix", "--part", "rr size=1 rate=1000", "--part", "synflood rate=5k", "--seconds", "2")
    load, flood = report["parts"]
    expect(load["requests"] + load["late"] >= 1900, f"{load['requests']} requests beside the flood")
    expect(flood["syns"] >= 9000, f"{flood['syns']} SYNs")
