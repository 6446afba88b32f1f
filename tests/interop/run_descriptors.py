"""Run under millrace-run: what the kernel promises of descriptors, asked of sockets that are Millrace's.

    run_descriptors.py PEER PORT OWN-ADDRESS

The peer does what the first line of a connection asks for: "echo", "send N", "hold" (reads nothing), "count", "reset".
"""

import ctypes
import errno
import fcntl
import os
import select
import signal
import socket
import struct
import subprocess
import sys
import tempfile
import threading

PEER, PORT, OWN = sys.argv[1], int(sys.argv[2]), sys.argv[3]
FAMILY = socket.AF_INET6 if ":" in PEER else socket.AF_INET
libc = ctypes.CDLL(None, use_errno=True)


def expect(condition, text):
    if not condition:
        raise SystemExit(f"FAILED {text}")


def expect_errno(number, call, *args):
    try:
        call(*args)
    except OSError as error:
        return expect(error.errno == number, f"{call}: {error}, expected {errno.errorcode[number]}")
    raise SystemExit(f"FAILED {call}: no error, expected {errno.errorcode[number]}")


def connect(command):
    sock = socket.socket(FAMILY, socket.SOCK_STREAM)
    sock.connect((PEER, PORT))
    sock.sendall(command.encode() + b"\n")
    return sock


def read_exactly(sock, count):
    data = bytearray()
    while len(data) < count:
        piece = sock.recv(count - len(data))
        expect(piece, f"end after {len(data)} of {count} bytes")
        data += piece
    return bytes(data)


def echoes(sock, data=b"hello"):
    sock.sendall(data)
    return read_exactly(sock, len(data)) == data


def poll_mask(fd, timeout=0):
    poller = select.poll()
    poller.register(fd, select.POLLIN | select.POLLOUT | select.POLLRDHUP)
    return dict(poller.poll(timeout)).get(fd, 0)


def test_first_connection_and_names():
    with connect("echo") as sock:
        expect(echoes(sock), "echo")
        expect(sock.getpeername()[:2] == (PEER, PORT), f"peer {sock.getpeername()}")
        expect(sock.getsockname()[0] == OWN, f"own address {sock.getsockname()}")
        expect(sock.getsockopt(socket.SOL_SOCKET, socket.SO_TYPE) == socket.SOCK_STREAM, "SO_TYPE")
        expect(sock.fileno() < 64, f"the descriptor's number is {sock.fileno()}")


def test_copies_share_one_socket():
    sock = connect("echo")
    copy = socket.socket(fileno=os.dup(sock.fileno()))
    third = os.open("/dev/null", os.O_RDONLY)
    os.dup2(sock.fileno(), third)
    sock.close()
    expect(echoes(copy), "echo by a copy")
    copy.close()
    last = socket.socket(fileno=third)
    expect(echoes(last), "echo by the last copy")
    last.shutdown(socket.SHUT_WR)
    expect(last.recv(1) == b"", "the end of the stream")
    last.close()


def test_a_copy_over_a_socket_closes_it():
    first, second = connect("echo"), connect("count")
    os.dup2(first.fileno(), second.fileno())
    expect(echoes(second), "the second descriptor is the first socket")
    first.close()
    second.close()


def expect_failure(number, name, *args):
    """A function of the C library that Python calls in no such way."""
    ctypes.set_errno(0)
    result = getattr(libc, name)(*args)
    told = ctypes.get_errno()
    expect(result == -1 and told == number, f"{name}{args}: {result}, {os.strerror(told)}; {errno.errorcode[number]}?")


def test_a_copy_that_fails_closes_nothing():
    with connect("echo") as first, connect("echo") as second:
        one, two = first.fileno(), second.fileno()
        expect_failure(errno.EBADF, "dup2", 999, two)
        expect_failure(errno.EBADF, "dup3", 999, two, os.O_CLOEXEC)
        expect_failure(errno.EINVAL, "dup3", one, two, os.O_APPEND)
        expect_failure(errno.EINVAL, "dup3", two, two, 0)
        expect_failure(errno.EINVAL, "close_range", two, two, 1 << 10)
        expect(libc.dup2(two, two) == two, "a copy in its own place")
        expect(echoes(first) and echoes(second), "echo after the failures")


def test_dup3_takes_another_sockets_place():
    first, second = connect("echo"), connect("count")
    expect(libc.dup3(first.fileno(), second.fileno(), os.O_CLOEXEC) == second.fileno(), "dup3")
    first.close()
    expect(echoes(second, b"by the copy"), "echo by the copy")
    second.close()


def test_close_range_closes_what_it_covers():
    with connect("echo") as kept:
        numbers = range(200, 203)  # the stack has some descriptors between the lower ones
        for number in numbers:
            with connect("echo") as sock:
                os.dup2(sock.fileno(), number)
        copy = socket.socket(fileno=os.dup(numbers[0]))
        expect(libc.close_range(numbers[0], numbers[-1], 4) == 0, "close_range that sets close-on-exec")
        expect(libc.send(numbers[1], b"a", 1, 0) == 1, "that closes nothing")
        expect(libc.close_range(numbers[0], numbers[-1], 0) == 0, "close_range")
        for number in numbers:
            expect_failure(errno.EBADF, "send", number, b"a", 1, 0)
        expect(echoes(copy) and echoes(kept), "echo by what lies outside")
        copy.close()
        with connect("echo") as fresh:
            again = socket.socket(fileno=os.dup2(fresh.fileno(), numbers[1]))
        expect(echoes(again), "a number is used again")
        again.close()


def test_close_on_exec():
    with connect("echo") as sock:
        for fd in (sock.fileno(), os.dup(sock.fileno())):
            os.set_inheritable(fd, True)
            expect(fcntl.fcntl(fd, fcntl.F_GETFD) & fcntl.FD_CLOEXEC, "it never reaches another program")
        os.close(fd)
        seen = subprocess.run(["ls", f"/proc/self/fd/{sock.fileno()}"], close_fds=False, stdout=subprocess.DEVNULL,
                              stderr=subprocess.DEVNULL)
        expect(seen.returncode != 0, "the child has the descriptor")
        all_seen = subprocess.run(["ls", "-l", "/proc/self/fd"], close_fds=False, stdout=subprocess.PIPE).stdout
        expect(b"/dev/net/tun" not in all_seen, "the child keeps the stack's port")
        expect(echoes(sock), "echo after a child was run")


def test_nonblocking_connect_and_flags():
    sock = socket.socket(FAMILY, socket.SOCK_STREAM)
    sock.setblocking(False)
    epoll = select.epoll()
    epoll.register(sock, select.EPOLLIN | select.EPOLLOUT | select.EPOLLET)  # before it is Millrace's
    expect(sock.connect_ex((PEER, PORT)) == errno.EINPROGRESS, "EINPROGRESS")
    expect(fcntl.fcntl(sock, fcntl.F_GETFL) & os.O_NONBLOCK, "O_NONBLOCK stays")
    events = []
    while not any(event & select.EPOLLOUT for _, event in events):
        events = epoll.poll(10)
        expect(events, "the connection is made")
    expect(sock.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR) == 0, "no error")
    sock.send(b"echo\nabc")
    while not any(event & select.EPOLLIN for _, event in events):
        events = epoll.poll(10)
        expect(events, "an event for the answer")
    expect(sock.recv(10) == b"abc", "the answer")
    expect_errno(errno.EAGAIN, sock.recv, 10)
    expect(not any(event & select.EPOLLIN for _, event in epoll.poll(0)), "no edge without data")
    sock.send(b"d")
    expect(epoll.poll(10), "a new edge")
    sock.close()
    expect(not epoll.poll(0), "a closed socket leaves its epoll set")


def test_select_poll_and_epoll_in_mixed_sets():
    read_end, write_end = os.pipe()
    event = os.eventfd(0)
    with connect("echo") as sock:
        expect(select.select([sock, read_end, event], [sock], [], 0) == ([], [sock], []), "only writable")
        os.write(write_end, b"p")
        os.eventfd_write(event, 1)
        sock.sendall(b"q")
        expect(poll_mask(sock.fileno(), 10000) & select.POLLOUT, "poll")
        wanted = {sock.fileno(), read_end, event}
        while set(select.select([sock.fileno(), read_end, event], [], [], 10)[0]) != wanted:
            pass
        with select.epoll() as epoll:
            for fd in wanted:
                epoll.register(fd, select.EPOLLIN | select.EPOLLONESHOT)
            expect({fd for fd, _ in epoll.poll(10)} == wanted, "epoll has all three")
            expect(not epoll.poll(0), "once")
            epoll.modify(sock, select.EPOLLIN)
            expect([fd for fd, _ in epoll.poll(10)] == [sock.fileno()], "armed again")
            expect(sock.recv(1) == b"q", "the byte")
            expect(not epoll.poll(0), "level-triggered, and nothing is left")
    for fd in (read_end, write_end, event):
        os.close(fd)


def test_waits_that_change_the_signal_mask():
    """pselect, ppoll and epoll_pwait: a signal that is blocked outside of them ends them, data does otherwise."""
    nobody = ctypes.create_string_buffer(128)  # a sigset_t
    soon, long = struct.pack("ll", 0, 0), struct.pack("ll", 10, 0)
    with connect("echo") as sock, select.epoll() as epoll:
        fd = sock.fileno()
        epoll.register(fd, select.EPOLLIN)
        bits, events = bytearray(128), ctypes.create_string_buffer(12)
        bits[fd // 8] = 1 << fd % 8

        def pselect(time, mask):
            return libc.pselect(fd + 1, ctypes.create_string_buffer(bytes(bits), 128), None, None, time, mask, None)

        def ppoll(time, mask):
            return libc.ppoll(ctypes.create_string_buffer(struct.pack("ihh", fd, select.POLLIN, 0), 8), 1, time, mask)

        def epoll_pwait(time, mask):
            return libc.epoll_pwait(epoll.fileno(), events, 1, struct.unpack("ll", time)[0] * 1000, mask)

        waits = (pselect, ppoll, epoll_pwait)
        seen = []
        signal.signal(signal.SIGUSR1, lambda *_: seen.append(1))
        before = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGUSR1})
        for wait in waits:
            expect(wait(soon, None) == 0, f"{wait.__name__}: nothing is there")
            signal.pthread_kill(threading.get_ident(), signal.SIGUSR1)
            expect(wait(soon, None) == 0, f"{wait.__name__}: the signal is blocked")
            ctypes.set_errno(0)
            expect(wait(long, nobody) == -1 and ctypes.get_errno() == errno.EINTR, f"{wait.__name__}: EINTR")
        expect(len(seen) == len(waits), f"{len(seen)} signals")
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
        sock.send(b"x")
        for wait in waits:
            expect(wait(long, nobody) == 1, f"{wait.__name__}: data")
        expect(struct.unpack("<Ii", events.raw[:8]) == (select.EPOLLIN, fd), f"the event: {events.raw}")
        expect(sock.recv(1) == b"x", "the byte")


def test_a_full_send_buffer_is_not_writable():
    sock = connect("hold")
    sock.setblocking(False)
    sent = 0
    try:
        while True:
            sent += sock.send(b"y" * 65536)
    except BlockingIOError:
        pass
    expect(poll_mask(sock.fileno()) & select.POLLOUT == 0, f"writable after {sent} bytes")
    sock.close()


def test_blocking_calls_move_much_and_time_out():
    total = 3 << 20
    with connect("count") as sock:
        sock.sendall(b"z" * total)
        sock.shutdown(socket.SHUT_WR)
        expect(int(sock.recv(100)) == total, "the peer's count")
    with connect(f"send {total}") as sock:
        expect(len(sock.recv(total, socket.MSG_WAITALL)) == total, "MSG_WAITALL")
        expect(sock.recv(1, socket.MSG_DONTWAIT) if poll_mask(sock.fileno()) & select.POLLIN else True, "nothing more")
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVTIMEO, struct.pack("ll", 0, 50000))
        expect_errno(errno.EAGAIN, sock.recv, 1)


def test_end_reset_and_refusal():
    with connect("echo") as sock:
        sock.shutdown(socket.SHUT_WR)
        expect(poll_mask(sock.fileno(), 10000), "something")
        expect(sock.recv(1) == b"", "the end of the stream")
        mask = poll_mask(sock.fileno(), 10000)
        expect(mask & (select.POLLIN | select.POLLRDHUP) == select.POLLIN | select.POLLRDHUP, f"at the end: {mask:#x}")
    with connect("reset") as sock:
        poller = select.poll()
        poller.register(sock, 0)
        expect(poller.poll(10000)[0][1] & (select.POLLERR | select.POLLHUP) == select.POLLERR | select.POLLHUP, "reset")
        expect_errno(errno.ECONNRESET, sock.recv, 1)
        expect(sock.recv(1) == b"", "then the end")
    with socket.socket(FAMILY, socket.SOCK_STREAM) as sock:
        expect(sock.connect_ex((PEER, 81)) == errno.ECONNREFUSED, "refused")
        expect(sock.connect_ex((PEER, PORT)) == 0, "another attempt of the same socket")
        sock.sendall(b"echo\n")
        expect(echoes(sock), "echo after a refusal")


def send_file(sock, file):
    expect(os.sendfile(sock.fileno(), file.fileno(), 10, 99990) == 99990, "sendfile")


def test_vectors_files_and_streams():
    with connect("echo") as sock, tempfile.TemporaryFile() as file:
        sock.sendmsg([b"ab", b"", b"cd"])
        expect(read_exactly(sock, 4) == b"abcd", "sendmsg")
        sock.sendall(b"12345678")
        parts = [bytearray(3), bytearray(5)]
        expect(poll_mask(sock.fileno(), 10000), "readable")
        expect(sock.recvmsg_into(parts, 0, socket.MSG_WAITALL)[0] == 8 and parts[1] == b"45678", "recvmsg")
        file.write(b"f" * 100000)
        file.flush()
        sent = threading.Thread(target=send_file, args=(sock, file))
        sent.start()
        expect(read_exactly(sock, 99990) == b"f" * 99990, "the file")
        sent.join()
        expect(libc.dprintf(sock.fileno(), b"%s", b"printed") == 7, "dprintf")
        expect(read_exactly(sock, 7) == b"printed", "what was printed")
        expect(libc.__dprintf_chk(sock.fileno(), 1, b"%s-%d", b"checked", 5) == 9, "__dprintf_chk")
        expect(read_exactly(sock, 9) == b"checked-5", "what was printed with checks")
        libc.fdopen.restype = ctypes.c_void_p
        stream = ctypes.c_void_p(libc.fdopen(os.dup(sock.fileno()), b"w"))
        expect(libc.fputs(b"stream", stream) >= 0 and libc.fclose(stream) == 0, "a stream")
        expect(read_exactly(sock, 6) == b"stream", "what came by the stream")


def test_absurd_vectors_are_refused():
    parts = ctypes.create_string_buffer(16 * 1025)  # iovecs without bytes

    def message(vector, count):
        return struct.pack("PIxxxxPNPNixxxx", 0, 0, vector, count, 0, 0, 0)

    with connect("echo") as sock:
        fd = sock.fileno()
        for name in ("recvmsg", "sendmsg"):
            expect_failure(errno.EFAULT, name, fd, None, 0)
            expect_failure(errno.EFAULT, name, fd, message(0, 1), 0)
            expect_failure(errno.EMSGSIZE, name, fd, message(ctypes.addressof(parts), 1025), 0)
            expect_failure(errno.EMSGSIZE, name, fd, message(0, (1 << 64) - 1), 0)
        for name in ("readv", "writev"):
            expect_failure(errno.EFAULT, name, fd, None, 1)
            expect_failure(errno.EINVAL, name, fd, parts, 1025)
            expect_failure(errno.EINVAL, name, fd, parts, -1)
        expect_failure(errno.EFAULT, "recvmmsg", fd, None, 1, 0, None)
        expect_failure(errno.EFAULT, "sendmmsg", fd, None, 1, 0)
        for name in ("recv", "send"):
            expect_failure(errno.EFAULT, name, fd, None, 1, 0)
        expect(echoes(sock), "echo after what was refused")


def test_accept_and_threads():
    with socket.create_server((OWN, 0), family=FAMILY) as listener:
        expect(listener.getsockopt(socket.SOL_SOCKET, socket.SO_ACCEPTCONN) == 1, "SO_ACCEPTCONN")
        expect(listener.getsockname()[1] != 0, "a port was chosen")
        listener.setblocking(False)
        expect_errno(errno.EAGAIN, listener.accept)
    socks = [connect("echo") for _ in range(8)]
    failures = []

    def use(sock):
        for _ in range(50):
            if not echoes(sock, os.urandom(1000)):
                failures.append(sock)

    threads = [threading.Thread(target=use, args=(sock,)) for sock in socks]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    expect(not failures, "echo by eight threads")
    for sock in socks:
        sock.close()


def test_signals_end_a_wait():
    with connect("echo") as sock:
        seen = []
        signal.signal(signal.SIGALRM, lambda *_: seen.append(1))
        signal.siginterrupt(signal.SIGALRM, True)
        signal.setitimer(signal.ITIMER_REAL, 0.05, 0.05)  # again and again: the first may come before the call
        buffer = ctypes.create_string_buffer(1)
        expect(libc.recv(sock.fileno(), buffer, 1, 0) == -1 and ctypes.get_errno() == errno.EINTR, "EINTR")
        signal.setitimer(signal.ITIMER_REAL, 0)
        expect(seen, "the signal was handled")
    with connect("reset") as sock:
        poll_mask(sock.fileno(), 10000)
        signal.signal(signal.SIGPIPE, lambda *_: seen.append(2))
        expect_errno(errno.ECONNRESET, sock.recv, 1)
        expect_errno(errno.EPIPE, sock.send, b"x")
        expect(seen[-1] == 2, "SIGPIPE")
        seen.clear()
        expect_errno(errno.EPIPE, sock.send, b"x", socket.MSG_NOSIGNAL)
        expect(not seen, "no SIGPIPE")


def in_fork(check):
    child = os.fork()
    if child == 0:
        code = 1
        try:
            check()
            code = 0
        finally:
            os._exit(code)
    expect(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0, f"{check.__name__} in a fork")


def test_a_fork_is_refused_and_leaves_the_parent_alone():
    with connect("echo") as sock:
        def uses_the_parents_socket():
            expect_errno(errno.ENOSYS, sock.send, b"x")
            expect_errno(errno.ENOSYS, sock.recv, 1)
            sock.close()

        def waits_for_the_parents_socket():
            with select.epoll() as epoll:
                epoll.register(sock, select.EPOLLIN)
                expect(epoll.poll(10), "it is ready, as the parent's")
                expect_errno(errno.ENOSYS, sock.recv, 1)
                expect(not epoll.poll(0) and not poll_mask(sock.fileno()) & select.POLLIN, "and never again")

        def makes_one():
            with socket.socket(FAMILY, socket.SOCK_STREAM) as other:
                expect(other.connect_ex((PEER, PORT)) == errno.ENETDOWN, "a fork has no stack")

        def uses_the_kernel():
            with socket.create_server(("127.0.0.1", 0)) as listener, socket.create_connection(listener.getsockname()):
                pass

        watched = select.epoll()
        watched.register(sock, select.EPOLLIN)
        sock.sendall(b"y")
        expect(watched.poll(10), "an answer waits")
        for check in (uses_the_parents_socket, waits_for_the_parents_socket, makes_one, uses_the_kernel):
            in_fork(check)
        expect(watched.poll(0), "the parent's epoll set is as it was")
        expect(sock.recv(1) == b"y", "the answer")
        watched.close()
        expect(os.system("true") == 0 and subprocess.run(["true"]).returncode == 0, "children that become programs")
        expect(echoes(sock), "echo after the forks")


for name, test in list(globals().items()):
    if name.startswith("test_"):
        test()
        print("held:", name, flush=True)
print("all held")
