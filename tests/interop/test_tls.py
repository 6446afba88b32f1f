"""TLS by openssl, end to end through the proxy: one changed byte would break the record."""

import os
import subprocess

from harness import DEADLINE, PROXY_CLIENT_IP, Failure, at, expect, expect_equal, run, wait_until

SIZE = 8 << 20


def _server(world, *args, **kwargs):
    key, cert = world.directory / "key.pem", world.directory / "cert.pem"
    run("openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2", "-subj",
        "/CN=millrace", "-keyout", str(key), "-out", str(cert), stdin=subprocess.DEVNULL)
    world.start("s_server", world.server.command("openssl", "s_server", "-accept", "8443", "-key", str(key), "-cert",
                                                 str(cert), "-quiet", *args), **kwargs)
    world.await_listening(8443)
    world.proxy({443: 8443})


def test_client_sends(world):
    data = os.urandom(SIZE)
    source = world.directory / "source"
    source.write_bytes(data)
    # s_server ends when its own input does, so it gets a pipe that stays open.
    # No session tickets: s_client would leave them unread, and closing with unread data is a reset.
    _server(world, "-num_tickets", "0", stdin=subprocess.PIPE)
    received = world.directory / "s_server.log"
    with open(source, "rb") as stdin:
        world.client.run("openssl", "s_client", "-connect", at(PROXY_CLIENT_IP, 443), "-quiet", "-nocommands",
                         "-no_ign_eof", stdin=stdin)
    wait_until(lambda: received.stat().st_size >= SIZE, "the server has all bytes")
    expect(received.read_bytes() == data, "the server read other bytes than the client wrote")


def test_server_sends(world):
    data = os.urandom(SIZE)
    (world.directory / "page").write_bytes(data)
    _server(world, "-HTTP", cwd=world.directory)
    # The file is sent bare: -HTTP takes it for a complete answer, headers included.
    args = world.client.command("openssl", "s_client", "-connect", at(PROXY_CLIENT_IP, 443), "-quiet")
    with subprocess.Popen(args, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL) as client:
        try:
            answer, _ = client.communicate(b"GET /page HTTP/1.0\r\n\r\n", timeout=DEADLINE)
        except subprocess.TimeoutExpired:
            client.kill()
            raise Failure("s_client did not see the end of the connection") from None
    expect_equal(len(answer), SIZE, "bytes read")
    expect(answer == data, "the client read other bytes than the server sent")
