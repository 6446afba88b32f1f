"""millrace-run: unmodified programs as Debian ships them, against a Linux peer in the client namespace."""

import contextlib
import json
import os
import pathlib
import re
import select
import socket
import subprocess
import time

from harness import (CLIENT_IP, DEADLINE, FAMILY, PROXY_CLIENT_IP, Background, at, expect, expect_equal, in_brackets,
                     run, wait_until)

HERE = pathlib.Path(__file__).resolve().parent
# Not whatever comes first in PATH: wrappers are other programs.
PYTHON = "/usr/bin/python3"
SIZE = (8 << 20) + 3
ANY, LOOPBACK = ("::", "::1") if FAMILY == 6 else ("0.0.0.0", "127.0.0.1")


def _peer(world, name, *command, port, **kwargs):
    """A program in the client namespace that listens on `port` of every address."""
    program = world.start(name, world.client.command(*command), **kwargs)
    wait_until(lambda: f":{port} ".encode() in world.client.run("ss", "-Hltn"), f"{name} listens on {port}")
    return program


def _file(world, name="file", size=SIZE):
    folder = world.directory / "files"
    folder.mkdir(exist_ok=True)
    folder.chmod(0o755)
    data = os.urandom(size)
    (folder / name).write_bytes(data)
    return folder, data


def _get(world, port, path="file", address=None):
    """What curl in the client namespace reads from the program under test."""
    return world.client.run("curl", "-sS", "--fail", f"http://{at(address or PROXY_CLIENT_IP, port)}/{path}")


def _finished(program, code=0):
    ended = program.wait(5 * DEADLINE)
    expect_equal(ended, code, f"exit code of {program.name}\n{program.tail()}\nexit code")
    return program.log


# Clients.

def test_curl(world):
    folder, data = _file(world)
    _peer(world, "http", PYTHON, "-m", "http.server", "8080", "--bind", ANY, port=8080, cwd=folder)
    curl = world.millrace_run("curl", "-sS", "--fail", "-o", world.directory / "got",
                              f"http://{at(CLIENT_IP, 8080)}/file", f"http://{at(CLIENT_IP, 8080)}/file",
                              "-o", world.directory / "again")
    _finished(curl)
    for name in ("got", "again"):
        expect((world.directory / name).read_bytes() == data, f"{name} differs from the file")


def test_curl_is_refused(world):
    curl = world.millrace_run("curl", "-sS", f"http://{at(CLIENT_IP, 81)}/")
    expect("Failed to connect" in _finished(curl, 7) or "refused" in curl.log, f"what curl says: {curl.log}")


def test_what_is_not_ours_goes_to_the_kernel(world):
    """The stack does not even start."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(DEADLINE)
        config = world.directory / "run.toml"
        config.write_text(world.run_config())
        command = (world.binary("millrace-run"), "-c", config, "--", "curl", "-sS", "-m", "5",
                   f"http://127.0.0.1:{server.getsockname()[1]}/")
        client = world.start("curl", [str(part) for part in command])
        peer, _ = server.accept()
        with peer:
            expect(peer.recv(4096).startswith(b"GET / HTTP"), "the request")
            peer.sendall(b"HTTP/1.0 200 OK\r\nContent-Length: 5\r\n\r\nhello")
        expect_equal(client.wait(), 0, "exit code of curl")
        expect_equal(client.log, "hello", "what curl printed")


def _iperf(world, *arguments):
    _peer(world, "iperf3-server", "iperf3", "-s", "-1", "-p", "5201", port=5201)
    client = world.millrace_run("iperf3", "-c", CLIENT_IP, "-p", "5201", "-t", "3", "--json", *arguments)
    log = _finished(client)
    _judge_iperf(json.loads(log[log.index("{\n"):]))  # DPDK's warnings stand before


def _judge_iperf(result):
    expect("error" not in result, result.get("error"))
    received = result["end"]["sum_received"]["bytes"]
    expect(received > 1 << 20, f"only {received} bytes in 3 s")


def test_iperf3_client_sends(world):
    _iperf(world)


def test_iperf3_client_receives(world):
    _iperf(world, "-R")


def test_iperf3_client_four_streams(world):
    _iperf(world, "-P", "4", "--bidir")


def test_openssl_s_client(world):
    key, cert = world.directory / "key.pem", world.directory / "cert.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
        "-subj", "/CN=millrace", "-keyout", str(key), "-out", str(cert), stdin=subprocess.DEVNULL)
    _peer(world, "s_server", "openssl", "s_server", "-accept", "8443", "-key", str(key), "-cert", str(cert), "-quiet",
          "-rev", port=8443)
    client = world.millrace_run("openssl", "s_client", "-connect", at(CLIENT_IP, 8443), "-quiet", "-nocommands",
                                "-no_ign_eof", stdin=subprocess.PIPE)
    client.popen.stdin.write(b"millrace\n")
    client.popen.stdin.flush()
    wait_until(lambda: "ecarllim" in client.log, "the server's answer")
    client.popen.stdin.close()
    _finished(client)


# Servers.

def test_iperf3_server(world):
    server = world.millrace_run("iperf3", "-s", "-1", "-B", PROXY_CLIENT_IP, "-p", "5201")
    _judge_iperf(json.loads(world.client.run("iperf3", "-c", PROXY_CLIENT_IP, "-p", "5201", "-t", "3", "--json")))
    _finished(server)


def test_iperf3_server_sends(world):
    server = world.millrace_run("iperf3", "-s", "-1", "-B", PROXY_CLIENT_IP, "-p", "5201")
    _judge_iperf(json.loads(world.client.run("iperf3", "-c", PROXY_CLIENT_IP, "-p", "5201", "-t", "3", "--json", "-R")))
    _finished(server)


def test_python_http_server(world):
    folder, data = _file(world)
    server = world.millrace_run(PYTHON, "-m", "http.server", "--bind", PROXY_CLIENT_IP, "80", cwd=folder)
    for _ in range(5):
        expect(_get(world, 80) == data, "the file differs")
    expect(server.alive(), "the server still runs")


def test_python_http_server_on_every_address(world):
    """A wildcard is listened on in both stacks."""
    folder, data = _file(world)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    server = world.millrace_run(PYTHON, "-m", "http.server", str(port), "--bind", ANY, cwd=folder)
    for _ in range(2):
        expect(_get(world, port) == data, "by Millrace: the file differs")
        local = run("curl", "-sS", "--fail", f"http://{at(LOOPBACK, port)}/file")
        expect(local == data, "by the kernel: the file differs")
    expect(server.alive(), "the server still runs")


def _nginx(world):
    base = world.directory / "nginx"
    base.mkdir()
    folder, data = _file(world)
    (folder / "small").write_bytes(b"x" * 64)
    config = base / "nginx.conf"
    config.write_text(f"""
user root;
daemon off;
master_process off;
pid {base}/nginx.pid;
error_log {base}/error.log;
events {{ worker_connections 512; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 1000000;
  client_body_temp_path {base}/body;
  proxy_temp_path {base}/proxy;
  fastcgi_temp_path {base}/fastcgi;
  uwsgi_temp_path {base}/uwsgi;
  scgi_temp_path {base}/scgi;
  server {{
    listen {at(PROXY_CLIENT_IP, 80)};
    root {folder};
  }}
}}
""")
    return data, ("nginx", "-p", str(base), "-c", str(config), "-e", f"{base}/error.log")


def test_nginx(world):
    data, command = _nginx(world)
    world.millrace_run(*command)
    for _ in range(5):
        expect(_get(world, 80) == data, "the file differs")
    report = world.client.run("wrk", "-t", "1", "-c", "8", "-d", "3s",
                              f"http://{in_brackets(PROXY_CLIENT_IP)}/small").decode()
    expect("Socket errors" not in report and "Non-2xx" not in report, report)
    requests = int(re.search(r"(\d+) requests in", report)[1])
    expect(requests > 20, f"only {requests} requests in 3 s")


def test_redis(world):
    server = world.millrace_run("redis-server", "--port", "6379", "--bind", PROXY_CLIENT_IP, "--save", "",
                                "--protected-mode", "no", "--daemonize", "no")
    report = world.client.run("redis-benchmark", "-h", PROXY_CLIENT_IP, "-p", "6379", "-n", "500", "-c", "20", "-q",
                              "-t", "ping,set,get,lpush,lrange_100", timeout=5 * DEADLINE).decode()
    expect("rror" not in report and report.count("requests per second") >= 6, report)
    expect(server.alive(), "redis-server still runs")
    server.signal(15)
    _finished(server)


# Descriptors, and what cannot work.

def _serve_descriptors(world, listener):
    """The peer of run_descriptors.py: does what the first line of each connection asks for."""
    def serve(peer):
        with peer, contextlib.suppress(OSError):
            command, _, argument = peer.makefile("rb", buffering=0).readline().decode().strip().partition(" ")
            if command == "reset":
                peer.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
            elif command == "send":
                peer.sendall(b"x" * int(argument))
                peer.recv(1)
            elif command == "hold":
                poller = select.poll()
                poller.register(peer, select.POLLRDHUP)
                poller.poll(DEADLINE * 1000)
            elif command == "echo":
                while data := peer.recv(1 << 16):
                    peer.sendall(data)
            elif command == "count":
                count = 0
                while data := peer.recv(1 << 16):
                    count += len(data)
                peer.sendall(b"%d" % count)

    while True:
        peer, _ = listener.accept()
        Background(serve, peer)


def test_descriptors(world):
    listener = world.client.listen(9000, address=ANY)
    Background(_serve_descriptors, world, listener)
    program = world.millrace_run(PYTHON, HERE / "run_descriptors.py", CLIENT_IP, "9000", PROXY_CLIENT_IP,
                                 name="descriptors")
    log = _finished(program)
    expect("all held" in log, log)
    # Two forks use a socket of their parent's, each more than once.
    expect_equal(log.count("is a fork of one that runs the stack: the sockets"), 2, "lines of refusal")


FORK_FIRST = """
import os, socket, sys
if os.fork() == 0:
    peer = socket.create_connection((sys.argv[1], 9000))
    peer.sendall(b"echo\\nmillrace")
    os.write(1, peer.recv(8))
    os._exit(5)
sys.exit(os.waitstatus_to_exitcode(os.wait()[1]))
"""


def test_a_fork_before_the_first_socket(world):
    """As daemons do: the child starts the stack, and ends it."""
    Background(_serve_descriptors, world, world.client.listen(9000, address=ANY))
    program = world.millrace_run(PYTHON, "-c", FORK_FIRST, CLIENT_IP, name="daemon")
    expect("millrace" in _finished(program, 5), f"what came back: {program.log}")


LINGERS = """
import os, socket, struct, sys, time
for _ in range(3):
    sock = socket.create_connection((sys.argv[1], int(sys.argv[2])))
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 40))
    sock.sendall(b"hold\\n")
    sock.setblocking(False)
    try:
        while True:
            sock.send(bytes(1 << 16))
    except BlockingIOError:
        sock.detach()
print("ends at", time.monotonic(), flush=True)
os._exit(0)
"""


def test_lingering_sockets_do_not_hold_the_programs_end(world):
    listener = world.client.listen(9000, address=ANY)
    Background(_serve_descriptors, world, listener)
    program = world.millrace_run(PYTHON, "-c", LINGERS, CLIENT_IP, "9000", name="lingers")
    log = _finished(program)
    took = time.monotonic() - float(re.search(r"ends at ([\d.]+)", log)[1])
    expect(took < 25, f"the end took {took:.1f} s; 5 s are configured")


def test_a_stack_that_cannot_start(world):
    """The program sees a network that is down, and its user why."""
    config = world.directory / "broken.toml"
    config.write_text(world.run_config().replace("net_tap0", "net_nothing0"))
    command = (world.binary("millrace-run"), "-c", config, "--", "curl", "-sS", "-m", "20",
               f"http://{at(CLIENT_IP, 80)}/", f"http://{at(CLIENT_IP, 81)}/")
    curl = world.start("curl", [str(part) for part in command])
    expect_equal(curl.wait(), 7, f"exit code of curl: {curl.log}\nexit code")
    expect_equal(curl.log.count("millrace-run: cannot "), 1, f"said once:\n{curl.log}\nlines")


def test_launcher_says_what_is_wrong(world):
    good = world.directory / "good.toml"
    good.write_text(world.run_config())
    bad = world.directory / "bad.toml"
    bad.write_text("[[port]]\nnome = 1\n")

    def launch(code, text, *arguments):
        done = subprocess.run([str(world.binary("millrace-run")), *map(str, arguments)], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, stdin=subprocess.DEVNULL, timeout=DEADLINE)
        said = done.stdout.decode()
        expect_equal(done.returncode, code, f"millrace-run {arguments}: {said}\nexit code")
        expect(text in said, f"millrace-run {arguments} says: {said}")

    launch(2, "--config is required", "true")
    launch(2, "nowhere.toml", "-c", "/nowhere.toml", "true")
    launch(2, "bad.toml:2: unknown key 'nome'", "-c", bad, "true")
    launch(2, "no program to run", "-c", good)
    launch(127, "there is no program no-such-program", "-c", good, "no-such-program")
    launch(0, "EAL", "-c", good, "--check")
    launch(0, "-v --check\n", "-c", good, "echo", "-v", "--check")
    launch(0, "-v --check\n", "-c", good, "--", "echo", "-v", "--check")
    launch(3, "", "-c", good, "sh", "-c", "exit 3")
