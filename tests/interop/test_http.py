"""HTTP by nginx and curl: whole pages, kept connections, uploads, and millrace-echo's own HTTP service."""

import hashlib
import os

from harness import PROXY_CLIENT_IP, expect, expect_equal, in_brackets

URL = f"http://{in_brackets(PROXY_CLIENT_IP)}"


def _curl(world, *args):
    return world.client.run("curl", "-sS", "--fail", "--max-time", "120", *args)


def test_page(world):
    page = os.urandom(1000)
    world.nginx(files={"page": page})
    world.proxy({80: 8080})
    expect_equal(_curl(world, f"{URL}/page"), page, "the page")


def test_keep_alive(world):
    page = os.urandom(5000)
    world.nginx(files={"page": page})
    world.proxy({80: 8080})
    answer = _curl(world, "-w", "%{stderr}%{num_connects}\n", f"{URL}/page?[1-200]", "-o", "-")
    connects = [int(line) for line in answer.replace(page, b"").split()]
    expect_equal(sum(connects), 1, "connections used by 200 requests")
    expect_equal(answer.count(page), 200, "pages read")


def test_parallel_clients(world):
    page = os.urandom(200_000)
    world.nginx(files={"page": page})
    world.proxy({80: 8080})
    out = world.directory / "out"
    out.mkdir()
    _curl(world, "--parallel", "--parallel-max", "50", f"{URL}/page?[1-200]", "-o", f"{out}/#1")
    pages = sorted(out.iterdir())
    expect_equal(len(pages), 200, "pages read")
    expect(all(path.read_bytes() == page for path in pages), "a page arrived changed")


def test_download(world):
    root = world.nginx()
    data = os.urandom(1 << 20) * 64
    (root / "large").write_bytes(data)
    world.proxy({80: 8080})
    copy = world.directory / "copy"
    _curl(world, "-o", str(copy), f"{URL}/large")
    expect_equal(hashlib.sha256(copy.read_bytes()).hexdigest(), hashlib.sha256(data).hexdigest(), "SHA-256 of 64 MiB")


def test_upload(world):
    root = world.nginx()
    data = os.urandom(1 << 20) * 64
    original = world.directory / "original"
    original.write_bytes(data)
    world.proxy({80: 8080})
    _curl(world, "-T", str(original), f"{URL}/stored")
    expect_equal(hashlib.sha256((root / "stored").read_bytes()).hexdigest(), hashlib.sha256(data).hexdigest(),
                 "SHA-256 of 64 MiB")


def test_service_of_millrace_echo(world):
    world.echo({80: 'service = "http"\nbody_size = 12345'})
    answer = _curl(world, "-o", "/dev/null", f"{URL}/?[1-3]", "-w", "%{http_code} %{size_download} %{num_connects}\n")
    expect_equal(answer.decode().splitlines(), ["200 12345 1", "200 12345 0", "200 12345 0"],
                 "code, size and new connections of three answers")
