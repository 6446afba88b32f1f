"""Bulk data by iperf3 through the proxy, both ways. The proxy forwards the buffers in which data came: no copy."""

import json

from harness import Background, PROXY_CLIENT_IP, expect, expect_equal

# Linux's default may be bbr, which paces; cubic fills the window, which is what is wanted here.
IPERF = ("iperf3", "-c", PROXY_CLIENT_IP, "-C", "cubic", "--json", "-t", "3")


def _serve(world, *ports):
    """The proxy with an iperf3 server behind each port."""
    for port in ports:
        world.start(f"iperf3-{port}", world.server.command("iperf3", "-s", "-p", str(port)))
        world.await_listening(port)
    return world.proxy({port: port for port in ports})


def _transfer(world, port, *args):
    result = json.loads(world.client.run(*IPERF, "-p", str(port), *args))
    expect("error" not in result, result.get("error"))
    sent, received = result["end"]["sum_sent"]["bytes"], result["end"]["sum_received"]["bytes"]
    expect(received > 1 << 20, f"only {received} bytes in 3 s ({sent} sent)")


def _expect_no_copies(proxy):
    expect_equal(proxy.counter("tcp_payload_copies"), 0, "payload copies during bulk")


def _iperf(world, *args):
    proxy = _serve(world, 5201)
    _transfer(world, 5201, *args)
    _expect_no_copies(proxy)


def test_client_sends(world):
    _iperf(world)


def test_server_sends(world):
    _iperf(world, "-R")


def test_both_at_once(world):
    """Two programs: one iperf3 --bidir tells its two connections apart by the order in which its server accepts them, and
    a proxy, whose workers connect each for itself, does not promise that order."""
    proxy = _serve(world, 5201, 5202)
    from_server = Background(_transfer, world, 5202, "-R")
    _transfer(world, 5201)
    from_server.join()
    _expect_no_copies(proxy)


def test_eight_streams(world):
    _iperf(world, "-P", "8")


def test_eight_streams_from_the_server(world):
    _iperf(world, "-P", "8", "-R")
