"""Bulk data by iperf3 through the proxy, both ways. The proxy forwards the buffers in which data came: no copy."""

import json

from harness import PROXY_CLIENT_IP, expect, expect_equal

# Linux's default may be bbr, which paces; cubic fills the window, which is what is wanted here.
IPERF = ("iperf3", "-c", PROXY_CLIENT_IP, "-p", "5201", "-C", "cubic", "--json", "-t", "3")


def _iperf(world, *args):
    world.start("iperf3", world.server.command("iperf3", "-s", "-p", "5201"))
    world.await_listening(5201)
    proxy = world.proxy({5201: 5201})
    before = proxy.counter("tcp_payload_copies")
    result = json.loads(world.client.run(*IPERF, *args))
    expect("error" not in result, result.get("error"))
    sent, received = result["end"]["sum_sent"]["bytes"], result["end"]["sum_received"]["bytes"]
    expect(received > 1 << 20, f"only {received} bytes in 3 s ({sent} sent)")
    expect_equal(proxy.counter("tcp_payload_copies") - before, 0, "payload copies during bulk")


def test_client_sends(world):
    _iperf(world)


def test_server_sends(world):
    _iperf(world, "-R")


def test_both_at_once(world):
    _iperf(world, "--bidir")


def test_eight_streams(world):
    _iperf(world, "-P", "8")


def test_eight_streams_from_the_server(world):
    _iperf(world, "-P", "8", "-R")
