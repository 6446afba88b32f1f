"""Started as DPDK's users expect it: millrace-proxy <EAL arguments> -- -c FILE."""

from harness import expect_equal, read_all


def test_raw_arguments(world):
    server = world.server_on(8080)
    eal = ("--no-huge", "--no-shconf", "--no-pci", "-m", "1024", "-l", "0", "--file-prefix", world.file_prefix)
    world.proxy({80: 8080}, eal=eal)
    client, peer = world.pair(80, server)
    client.sendall(b"x" * 100_000)
    client.shutdown(1)
    expect_equal(len(read_all(peer)), 100_000, "bytes at the server")
    peer.close()
    expect_equal(read_all(client), b"", "what the client reads")
