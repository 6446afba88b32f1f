"""The example programs, built against the installed library, with real peers: netcat's kind, curl, wrk, redis-benchmark."""

import os
import re

from harness import (CLIENT_IP, CLIENT_V4, CLIENT_V6, FAMILY, PROXY_CLIENT_IP, Background, expect, expect_equal,
                     in_brackets, read_all, wait_until)


def start(world, name, *more, ready="listening on port"):
    """Starts an example on a port of its own, joined to the client namespace; it is stopped with the world."""
    binary = world.build / "examples" / name
    expect(binary.exists(), f"{binary} is not built: meson test -C {world.build} consumer-examples")
    address = f"{PROXY_CLIENT_IP}/{24 if FAMILY == 4 else 64}"
    process = world.start(name, [str(binary), f"net_tap0,iface={world.client_if}", address, "-", *more])
    wait_until(lambda: not process.alive() or ready in process.log, f"{name} says that it is {ready}")
    expect(process.alive(), f"{name} ended at its start:\n{process.log}")
    world.client.adopt(world.client_if, "02:4d:52:00:00:01", CLIENT_V4, CLIENT_V6)
    return process


def stops_well(process):
    expect_equal(process.stop(), 0, f"exit code of {process.name}")


def echo(world, name):
    process = start(world, name)
    with world.client.connect(7) as sock:
        data = os.urandom(3_000_000)
        sender = Background(_send_and_finish, sock, data)
        expect(read_all(sock) == data, "the echo differs")
        sender.join()
    stops_well(process)


def _send_and_finish(sock, data):
    sock.sendall(data)
    sock.shutdown(1)


def test_echo_events(world):
    echo(world, "echo_events")


def test_echo_polled(world):
    echo(world, "echo_polled")


def test_echo_coroutines(world):
    echo(world, "echo_coroutines")


def test_echo_sockets(world):
    echo(world, "echo_sockets")


def test_http(world):
    process = start(world, "http")
    url = f"http://{in_brackets(PROXY_CLIENT_IP)}/"
    expect_equal(world.client.run("curl", "-gsS", "--max-time", "20", url), b"Hello from Millrace.\n", "the page")
    head = world.client.run("curl", "-gsSI", "--max-time", "20", url).decode()
    expect("Content-Length: 21" in head, f"the header is:\n{head}")
    report = world.client.run("wrk", "-t1", "-c32", "-d3s", url).decode()
    expect("Socket errors" not in report and "Non-2xx" not in report, report)
    expect(int(re.search(r"(\d+) requests in", report)[1]) > 100, report)
    stops_well(process)


def test_http_takes_pipelined_and_broken_requests(world):
    process = start(world, "http")
    with world.client.connect(80) as sock:
        sock.sendall(b"GET /1 HTTP/1.1\r\nHost: x\r\n\r\n" * 3 + b"GET / HTTP/1.1\r\nConnection: close\r\n\r\n")
        expect_equal(read_all(sock).count(b"HTTP/1.1 200 OK"), 4, "answers to pipelined requests")
    with world.client.connect(80) as sock:
        sock.sendall(b"nonsense\r\n\r\n")
        expect(read_all(sock).startswith(b"HTTP/1.1 400 "), "nonsense is refused")
    stops_well(process)


def test_redis(world):
    process = start(world, "redis")
    report = world.client.run("redis-benchmark", "-h", PROXY_CLIENT_IP, "-t", "ping,set,get", "-n", "5000", "-c", "20",
                              "-r", "100", "--csv").decode()
    rows = [line for line in report.splitlines() if re.match(r'"(PING_INLINE|PING_MBULK|PING_BULK|SET|GET)"', line)]
    expect_equal(len(rows), 4, f"benchmarks in\n{report}")
    expect("rror" not in report, report)
    cli = ("redis-cli", "-h", PROXY_CLIENT_IP)
    expect_equal(world.client.run(*cli, "set", "name", "x" * 100_000), b"OK\n", "SET")
    expect_equal(world.client.run(*cli, "get", "name"), b"x" * 100_000 + b"\n", "GET of 100,000 bytes")
    expect_equal(world.client.run(*cli, "del", "name"), b"1\n", "DEL")
    expect(world.client.run(*cli, "nonsense").startswith(b"ERR"), "nonsense is refused")
    stops_well(process)


def test_latency(world):
    listener = world.client.listen(7777, address="::" if FAMILY == 6 else "0.0.0.0")
    answering = Background(_answer, listener)
    process = start(world, "latency", CLIENT_IP, "7777", "500", ready="asking")
    expect_equal(process.wait(), 0, f"exit code of latency\n{process.log}")
    counts = [int(number) for number in re.findall(r"us +(\d+) #", process.log)]
    expect_equal(sum(counts), 500, f"answers in\n{process.log}")
    expect("p99.9" in process.log, process.log)
    answering.join()


def _answer(listener):
    sock, _ = listener.accept()
    with sock:
        while data := sock.recv(4096):
            sock.sendall(data)
