"""What the interop tests stand on: two network namespaces, a Millrace program between them, and real Linux peers.

The program runs in the namespace of the caller, on DPDK's net_tap. Each of its ports is a kernel interface, and the
harness moves that interface into a namespace of its own:

    client namespace  10.1.0.2 --- 10.1.0.1  millrace-proxy  10.2.0.1 --- 10.2.0.2  server namespace
             2001:db8:1::2 --- 2001:db8:1::1                 2001:db8:2::1 --- 2001:db8:2::2

Both IP versions are always there; use_family() says which of them the tests use where they do not care.

Everything that a test starts is ended by its process id, and everything that it makes is removed, also when it fails.
Names carry the process id, so two runs do not meet.
"""

import contextlib
import ctypes
import json
import os
import pathlib
import queue
import resource
import selectors
import shutil
import signal
import socket
import struct
import subprocess
import tempfile
import threading
import time

CLIENT_V4, PROXY_CLIENT_V4 = "10.1.0.2", "10.1.0.1"
SERVER_V4, PROXY_SERVER_V4, NOBODY_V4 = "10.2.0.2", "10.2.0.1", "10.2.0.99"
CLIENT_V6, PROXY_CLIENT_V6 = "2001:db8:1::2", "2001:db8:1::1"
SERVER_V6, PROXY_SERVER_V6, NOBODY_V6 = "2001:db8:2::2", "2001:db8:2::1", "2001:db8:2::99"
PROBE_PORT = 7


def use_family(family):
    """Sets the addresses below, by which the tests go; before the tests are imported. NOBODY_IP is on the servers' link."""
    global FAMILY, CLIENT_IP, PROXY_CLIENT_IP, SERVER_IP, PROXY_SERVER_IP, NOBODY_IP, MSS
    FAMILY = family
    if family == 4:
        CLIENT_IP, PROXY_CLIENT_IP, MSS = CLIENT_V4, PROXY_CLIENT_V4, 1460
        SERVER_IP, PROXY_SERVER_IP, NOBODY_IP = SERVER_V4, PROXY_SERVER_V4, NOBODY_V4
    else:
        CLIENT_IP, PROXY_CLIENT_IP, MSS = CLIENT_V6, PROXY_CLIENT_V6, 1440
        SERVER_IP, PROXY_SERVER_IP, NOBODY_IP = SERVER_V6, PROXY_SERVER_V6, NOBODY_V6


use_family(4)


def in_brackets(address):
    """An address as URLs have it."""
    return f"[{address}]" if ":" in address else address


def at(address, port):
    """An endpoint as configurations, nginx and openssl write it."""
    return f"{in_brackets(address)}:{port}"

# Deadlines only end a test that hangs; none of them is what a test measures.
DEADLINE = 60

_CLONE_NEWNET = 0x40000000
_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True)


class Failure(Exception):
    """A test's expectation did not hold."""


def expect(condition, text):
    if not condition:
        raise Failure(text)


def expect_equal(actual, wanted, what):
    if actual != wanted:
        raise Failure(f"{what}: {actual!r}, expected {wanted!r}")


def wait_until(condition, what, deadline=DEADLINE, interval=0.02):
    """Waits until condition() is true and returns its value."""
    end = time.monotonic() + deadline
    while True:
        value = condition()
        if value:
            return value
        if time.monotonic() > end:
            raise Failure(f"not within {deadline} s: {what}")
        time.sleep(interval)


def alone(test):
    """Marks a test that nothing else may run beside: it needs the machine, or compares rates."""
    test.alone = True
    return test


def run(*args, **kwargs):
    """Runs a command to its end; a failure carries what it printed."""
    kwargs.setdefault("timeout", DEADLINE)
    done = subprocess.run(args, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, **kwargs)
    if done.returncode != 0:
        text = done.stdout.decode(errors="replace")[-2000:]
        raise Failure(f"{' '.join(map(str, args))}: exit code {done.returncode}\n{text}")
    return done.stdout


def die_with_parent():
    # A poll-mode program that outlives the run would eat a core for ever.
    _libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL)


class Namespace:
    """A network namespace with one end of the wire in it."""

    def __init__(self, name, address):
        self.name, self.address = name, address
        run("ip", "netns", "add", name)
        # The proxy's addresses are ready at once; Linux's shall be, too.
        self.run("sysctl", "-qw", "net.ipv6.conf.default.accept_dad=0")
        run("ip", "-n", name, "link", "set", "lo", "up")

    @contextlib.contextmanager
    def entered(self):
        """The calling thread is in the namespace; a socket made meanwhile stays there."""
        with open("/proc/thread-self/ns/net") as home, open(f"/run/netns/{self.name}") as there:
            _setns(there.fileno())
            try:
                yield
            finally:
                _setns(home.fileno())

    def socket(self, address=None):
        """A TCP socket of the IP version of `address`, or of the namespace's own."""
        family = socket.AF_INET6 if ":" in (address or self.address) else socket.AF_INET
        with self.entered():
            sock = socket.socket(family, socket.SOCK_STREAM)
        sock.settimeout(DEADLINE)
        return sock

    def connect(self, port, address=None):
        address = address or PROXY_CLIENT_IP
        sock = self.socket(address)
        try:
            sock.connect((address, port))
        except BaseException:
            sock.close()
            raise
        return sock

    def listen(self, port, backlog=4096, address=None, receive_buffer=None):
        sock = self.socket(address)
        if receive_buffer:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, receive_buffer)  # of what is accepted, too
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        sock.bind((address or self.address, port))
        sock.listen(backlog)
        sock.settimeout(None)
        return sock

    def command(self, *args):
        return ("ip", "netns", "exec", self.name, *args)

    def run(self, *args, **kwargs):
        return run(*self.command(*args), **kwargs)

    def adopt(self, interface, mac, *addresses):
        """Takes the kernel side of a tap. Moving sets it down, and it carries the port's own MAC until it gets another."""
        run("ip", "link", "set", interface, "netns", self.name)
        run("ip", "-n", self.name, "link", "set", interface, "address", mac)
        for address in addresses:
            length = ("/64", "nodad") if ":" in address else ("/24",)
            run("ip", "-n", self.name, "addr", "add", address + length[0], "dev", interface, *length[1:])
        run("ip", "-n", self.name, "link", "set", interface, "up")

    def remove(self):
        subprocess.run(["ip", "netns", "del", self.name], stderr=subprocess.DEVNULL)


def _setns(fd):
    if _libc.setns(fd, _CLONE_NEWNET) != 0:
        raise OSError(ctypes.get_errno(), "setns")


class Process:
    """A child process with its output in a file."""

    def __init__(self, name, args, log, **kwargs):
        self.name, self.log_path = name, log
        kwargs.setdefault("stdin", subprocess.DEVNULL)
        kwargs.setdefault("stderr", subprocess.STDOUT)
        with open(log, "wb") as out:
            self.popen = subprocess.Popen(args, stdout=out, preexec_fn=die_with_parent, **kwargs)

    @property
    def log(self):
        return pathlib.Path(self.log_path).read_text(errors="replace")

    def alive(self):
        return self.popen.poll() is None

    def signal(self, number):
        if self.alive():
            self.popen.send_signal(number)

    def freeze(self):
        """Stands still, every thread of it, when this returns."""
        self.signal(signal.SIGSTOP)
        tasks = pathlib.Path(f"/proc/{self.popen.pid}/task")
        wait_until(lambda: all(task.read_text().rsplit(")", 1)[1].split()[0] == "T" for task in tasks.glob("*/stat")),
                   f"{self.name} stands still")

    def thaw(self):
        self.signal(signal.SIGCONT)

    def wait(self, deadline=DEADLINE):
        try:
            return self.popen.wait(deadline)
        except subprocess.TimeoutExpired:
            raise Failure(f"{self.name} did not end within {deadline} s") from None

    def stop(self, deadline=15):
        """SIGTERM, then SIGKILL. Returns the exit code; negative when a signal ended it."""
        self.signal(signal.SIGTERM)
        try:
            return self.popen.wait(deadline)
        except subprocess.TimeoutExpired:
            self.popen.kill()
            return self.popen.wait()


class Millrace(Process):
    """millrace-proxy or millrace-echo, up and serving when the constructor returns."""

    def __init__(self, name, binary, config, file_prefix, interfaces, directory, eal=(), **kwargs):
        self.file_prefix, self.judged, self.expected_code = file_prefix, False, 0
        path = directory / f"{name}.toml"
        path.write_text(config)
        super().__init__(name, [binary, *eal, *(["--"] if eal else []), "-c", str(path)], directory / f"{name}.log",
                         **kwargs)
        try:
            wait_until(lambda: not self.alive() or (self.ready() and all(map(_exists, interfaces))),
                       f"{name} is ready")
            expect(self.alive(), f"{name} ended at its start, exit code {self.popen.poll()}")
        except Failure as failure:
            self.popen.kill()
            self.popen.wait()
            raise Failure(f"{failure}\n{self.tail()}") from None

    def ready(self):
        return any(line.startswith("ready:") for line in self.log.splitlines())

    def tail(self):
        return "\n".join(f"    {self.name}| {line}" for line in self.log.splitlines()[-25:])

    def telemetry(self, command="/millrace/stats"):
        """One answer of DPDK's telemetry, as data."""
        with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
            sock.settimeout(DEADLINE)
            sock.connect(f"/var/run/dpdk/{self.file_prefix}/dpdk_telemetry.v2")
            limit = json.loads(sock.recv(65536))["max_output_len"]
            sock.send(command.encode())
            return json.loads(sock.recv(max(limit, 65536)))[command.partition(",")[0]]

    def counter(self, name):
        """The sum of all counters of that name, whatever worker or port they stand under."""
        found = list(find_values(self.telemetry(), name))
        expect(found, f"/millrace/stats has no counter {name!r}")
        return sum(found)

    def end(self, deadline=15):
        """Drains it and judges how it ended. Only the first call judges."""
        code = self.stop(deadline)
        if not self.judged:
            self.judged = True
            expect(code == self.expected_code, f"{self.name} ended with exit code {code}\n{self.tail()}")


class RunProgram(Process):
    """An unmodified program under millrace-run. Its stack starts when the program first needs it."""

    def __init__(self, name, binary, config, file_prefix, command, directory, **kwargs):
        self.file_prefix = file_prefix
        path = directory / f"{name}.toml"
        path.write_text(config)
        kwargs.setdefault("cwd", directory)
        super().__init__(name, [binary, "-c", str(path), "--", *map(str, command)], directory / f"{name}.log", **kwargs)

    telemetry = Millrace.telemetry
    counter = Millrace.counter
    tail = Millrace.tail

    def serves(self):
        """Whether its stack runs: its own statistics are the last thing that appears."""
        with contextlib.suppress(OSError, ValueError, KeyError):
            return isinstance(self.telemetry(), dict)
        return False


def _exists(interface):
    return interface in (name for _, name in socket.if_nameindex())


def find_values(data, name):
    """Every number of that name in an answer of telemetry, however deep."""
    if isinstance(data, dict):
        for key, value in data.items():
            if key == name and isinstance(value, int):
                yield value
            else:
                yield from find_values(value, name)
    elif isinstance(data, list):
        for value in data:
            yield from find_values(value, name)


class Server:
    """Accepts in the server namespace and hands connections out by the token that the client sends first.

    The proxy's own health checks connect here too; they send no token and are closed.
    """

    TOKEN = struct.Struct("!Q")

    def __init__(self, namespace, port, address=None, receive_buffer=None):
        self.port = port
        self._listener = namespace.listen(port, address=address, receive_buffer=receive_buffer)
        self._listener.setblocking(False)
        self._waiting, self._lock = {}, threading.Lock()
        self._stop_read, self._stop_write = socket.socketpair()
        self._thread = threading.Thread(target=self._serve, daemon=True)
        self._thread.start()

    def take(self, token):
        """The server's end of the connection whose client sent `token`."""
        try:
            return self._slot(token).get(timeout=DEADLINE)
        except queue.Empty:
            raise Failure(f"the connection with token {token} did not reach the server") from None

    def poll(self, token):
        """The same without waiting; None when it is not there."""
        with contextlib.suppress(queue.Empty):
            return self._slot(token).get_nowait()

    def _slot(self, token):
        with self._lock:
            return self._waiting.setdefault(token, queue.Queue())

    def _serve(self):
        with selectors.DefaultSelector() as selector:
            selector.register(self._listener, selectors.EVENT_READ)
            selector.register(self._stop_read, selectors.EVENT_READ)
            while True:
                for key, _ in selector.select():
                    if key.fileobj is self._stop_read:
                        return
                    if key.fileobj is self._listener:
                        self._accept(selector)
                    else:
                        self._read_token(selector, key.fileobj)

    def _accept(self, selector):
        with contextlib.suppress(OSError):
            sock, _ = self._listener.accept()
            sock.setblocking(False)
            selector.register(sock, selectors.EVENT_READ)

    def _read_token(self, selector, sock):
        try:
            data = sock.recv(self.TOKEN.size, socket.MSG_PEEK)
        except OSError:
            data = b""
        if data and len(data) < self.TOKEN.size:
            return
        selector.unregister(sock)
        if not data:
            sock.close()
            return
        sock.recv(self.TOKEN.size)
        sock.settimeout(DEADLINE)
        self._slot(self.TOKEN.unpack(data)[0]).put(sock)

    def close(self):
        """Stops listening; what was handed out lives on. May be called twice."""
        if self._thread.is_alive():
            self._stop_write.send(b"x")
            self._thread.join()
            self._listener.close()


class World:
    """One test's namespaces and programs."""

    def __init__(self, build, workers):
        self.build, self.workers = pathlib.Path(build).resolve(), workers
        self.tag = f"mr{os.getpid()}"
        self.client_if, self.server_if = f"{self.tag}c", f"{self.tag}s"
        self._cleanup = contextlib.ExitStack()
        self._programs, self._programs_run, self._tokens, self._pairs = [], [], 0, []
        self.directory = pathlib.Path(tempfile.mkdtemp(prefix="millrace-interop-"))
        self.directory.chmod(0o755)
        self._cleanup.callback(shutil.rmtree, self.directory, ignore_errors=True)
        try:
            self.client = self._namespace(f"{self.tag}-client", CLIENT_IP)
            self.server = self._namespace(f"{self.tag}-server", SERVER_IP)
            # Servers start before the wire and its address are there.
            self.server.run("sysctl", "-qw", "net.ipv4.ip_nonlocal_bind=1", "net.ipv6.ip_nonlocal_bind=1")
        except BaseException:
            self._cleanup.close()
            raise

    def _namespace(self, name, address):
        namespace = Namespace(name, address)
        self._cleanup.callback(namespace.remove)
        return namespace

    # Programs.

    def binary(self, name):
        path = self.build / "apps" / name / name
        expect(path.exists(), f"{path} is not built")
        return path

    def start(self, name, args, **kwargs):
        """Starts a helper program; it ends with the world."""
        process = Process(name, args, self.directory / f"{name}.log", **kwargs)
        self._cleanup.callback(process.stop, 2)
        return process

    def millrace(self, name, config, interfaces, eal=(), **kwargs):
        """eal: EAL's own arguments, given before "--". kwargs: Popen's."""
        program = Millrace(name, self.binary(name), config, self.file_prefix, interfaces, self.directory, eal, **kwargs)
        self._cleanup.callback(program.stop)
        self._programs.append(program)
        return program

    @property
    def file_prefix(self):
        return self.tag

    def runtime_table(self):
        return (f'[runtime]\nworkers = {self.workers}\nhugepages = "off"\nfile_prefix = "{self.file_prefix}"\n'
                'idle = "adaptive"\n')

    def port_table(self, index, name, interface, *addresses):
        """A port without duplicate address detection, which would make every start a second longer. The first port has a
        queue for every worker; of the others the first worker has the only one, and carries the frames of all."""
        queues = self.workers if index == 0 else 1
        prefixes = [f"{address}/{64 if ':' in address else 24}" for address in addresses]
        return (f'[[port]]\nname = "{name}"\ndevice = "net_tap{index},iface={interface}"\n'
                f'addresses = {json.dumps(prefixes)}\nqueues = {queues}\nmtu = 1500\ndad_transmits = 0\n')

    def proxy_config(self, services, connect_timeout="1s", drain="2s", health_interval="0s", capture=None, listener="",
                     listen=None):
        """services: the listening port -> the upstream's servers. health_interval "0s": no health checks. listener:
        further keys of every listener; listen: their address."""
        text = self.runtime_table()
        for index, (name, interface, *addresses) in enumerate(
                (("client", self.client_if, PROXY_CLIENT_V4, PROXY_CLIENT_V6),
                 ("server", self.server_if, PROXY_SERVER_V4, PROXY_SERVER_V6))):
            text += self.port_table(index, name, interface, *addresses)
            if capture and name == "client":
                text += f'capture = "{capture}"\n'
        for port, servers in services.items():
            address = PROXY_CLIENT_IP if port == PROBE_PORT else listen or PROXY_CLIENT_IP
            text += f'[[listener]]\naddress = "{address}"\nport = {port}\nupstream = "up{port}"\n{listener}'
            text += f'[[upstream]]\nname = "up{port}"\nservers = {json.dumps(servers)}\n'
            text += f'connect_timeout = "{connect_timeout}"\nhealth_interval = "{health_interval}"\n'
        # A drain waits for TIME-WAIT too: 2 MSL of 2 s instead of 60 s keep it short.
        return text + f'[timeouts]\nidle = "5m"\ndrain = "{drain}"\n[limits]\nconnections = 20000\n[tcp]\nmsl = "1s"\n'

    def proxy(self, services, eal=(), edit=lambda text: text, stderr=subprocess.STDOUT, **kwargs):
        """millrace-proxy between the namespaces. services: the listening port -> servers, or one port of SERVER_IP.

        edit: a last change of the configuration's text.
        """
        services = {port: [at(SERVER_IP, to)] if isinstance(to, int) else to for port, to in services.items()}
        services[PROBE_PORT] = [at(SERVER_IP, PROBE_PORT)]
        probe = Server(self.server, PROBE_PORT)
        self._cleanup.callback(probe.close)
        config = edit(self.proxy_config(services, **kwargs))
        proxy = self.millrace("millrace-proxy", config, (self.client_if, self.server_if), eal, stderr=stderr)
        self.client.adopt(self.client_if, "02:4d:52:00:00:01", CLIENT_V4, CLIENT_V6)
        self.server.adopt(self.server_if, "02:4d:52:00:00:02", SERVER_V4, SERVER_V6)
        wait_until(lambda: self.reaches(PROBE_PORT, probe), "the proxy joins the two namespaces")
        return proxy

    def reaches(self, port, server):
        """Whether a new connection to the proxy's `port` comes through to `server`."""
        token = self.token()
        with contextlib.suppress(OSError), self.client.connect(port) as sock:
            sock.sendall(Server.TOKEN.pack(token))
            sock.settimeout(0.05)
            for _ in range(200):
                if arrived := server.poll(token):
                    arrived.close()
                    return True
                with contextlib.suppress(socket.timeout):
                    if not sock.recv(1):
                        return False
        return False

    def echo(self, services):
        """millrace-echo with the client namespace at its only port. services: port -> the listener's further keys."""
        text = self.runtime_table()
        text += self.port_table(0, "client", self.client_if, PROXY_CLIENT_V4, PROXY_CLIENT_V6)
        for port, keys in services.items():
            text += f'[[listener]]\naddress = "{PROXY_CLIENT_IP}"\nport = {port}\n{keys}\n'
        program = self.millrace("millrace-echo", text, (self.client_if,))
        self.client.adopt(self.client_if, "02:4d:52:00:00:01", CLIENT_V4, CLIENT_V6)
        return program

    def run_config(self, linger="5s"):
        """A port of millrace-run with the client namespace at its other end."""
        return (f'linger = "{linger}"\n' + self.runtime_table() +
                self.port_table(0, "client", self.client_if, PROXY_CLIENT_V4, PROXY_CLIENT_V6) +
                '[limits]\nconnections = 4096\n')

    def millrace_run(self, *command, name=None, **kwargs):
        """Starts a program under millrace-run and gives its port to the client namespace once its stack runs."""
        name = name or pathlib.Path(command[0]).name
        program = RunProgram(name, self.binary("millrace-run"), self.run_config(), self.file_prefix, command,
                             self.directory, **kwargs)
        self._cleanup.callback(program.stop, 2)
        self._programs_run.append(program)
        wait_until(lambda: not program.alive() or program.serves(), f"{name} has started its stack")
        expect(program.alive(), f"{name} ended before it had a stack, exit code {program.popen.poll()}\n{program.tail()}")
        self.client.adopt(self.client_if, "02:4d:52:00:00:01", CLIENT_V4, CLIENT_V6)
        return program

    def nginx(self, port=8080, files=None):
        """nginx in the server namespace with a directory of its own, PUT allowed. Returns the directory it serves."""
        base = self.directory / "nginx"
        root = base / "html"
        root.mkdir(parents=True)
        base.chmod(0o755)
        for name, data in (files or {}).items():
            (root / name).write_bytes(data)
        config = base / "nginx.conf"
        config.write_text(f"""
user root;
daemon off;
worker_processes 1;
pid {base}/nginx.pid;
error_log {base}/error.log;
events {{ worker_connections 4096; }}
http {{
  access_log off;
  sendfile on;
  keepalive_requests 100000;
  client_max_body_size 0;
  client_body_temp_path {base}/body;
  proxy_temp_path {base}/proxy;
  fastcgi_temp_path {base}/fastcgi;
  uwsgi_temp_path {base}/uwsgi;
  scgi_temp_path {base}/scgi;
  server {{
    listen {at(SERVER_IP, port)} backlog=4096;
    root {root};
    dav_methods PUT;
  }}
}}
""")
        self.start("nginx", self.server.command("nginx", "-p", str(base), "-c", str(config), "-e", f"{base}/error.log"))
        self.await_listening(port)
        return root

    def await_listening(self, port):
        """Waits until a program of the server namespace listens on `port`."""
        wait_until(lambda: f":{port} ".encode() in self.server.run("ss", "-Hltn"), f"a program listens on {port}")

    # Connections.

    def token(self):
        self._tokens += 1
        return self._tokens

    def server_on(self, port, address=None, receive_buffer=None):
        server = Server(self.server, port, address, receive_buffer)
        self._cleanup.callback(server.close)
        return server

    def pair(self, port, server, address=None):
        """A connection through the proxy: the client's socket and the server's."""
        token = self.token()
        client = self.client.connect(port, address)
        client.sendall(Server.TOKEN.pack(token))
        pair = client, server.take(token)
        self._pairs.append(pair)
        return pair

    def close(self, judge=True):
        """Ends and removes everything. A Millrace program that died or ended badly fails the test."""
        try:
            for pair in self._pairs:
                for sock in pair:
                    sock.close()
            if judge:
                for program in self._programs:
                    program.end()
        finally:
            self._cleanup.close()

    def logs(self):
        """What each program wrote last, and what those that still run and the kernel's stacks have counted."""
        programs = [f"{program.tail()}\n{_counted(program)}" for program in self._programs + self._programs_run]
        return "\n".join(programs + [_counted_by_kernel(namespace) for namespace in (self.client, self.server)])


# Small tools for the tests.


def _counted(program):
    try:
        total = program.telemetry()["total"]
    except (OSError, ValueError, KeyError) as why:
        return f"    {program.name}: no counters ({why})"
    return "\n".join(f"    {program.name}: {name} {value}" for name, value in total.items() if value)


def _counted_by_kernel(namespace):
    lines = namespace.run("nstat", "--noupdate", "--ignore").decode().splitlines()
    counts = (line.split()[:2] for line in lines if line.startswith("Tcp"))
    return "\n".join(f"    {namespace.name}: {name} {value}" for name, value in counts)


def read_all(sock):
    """Everything until the peer's FIN."""
    chunks = []
    while chunk := sock.recv(1 << 18):
        chunks.append(chunk)
    return b"".join(chunks)


def read_exactly(sock, count):
    data = bytearray()
    while len(data) < count:
        chunk = sock.recv(min(1 << 18, count - len(data)))
        expect(chunk, f"end of stream after {len(data)} of {count} bytes")
        data += chunk
    return bytes(data)


def expect_reset(sock, what):
    """The peer's RST arrives, after whatever data came before it."""
    try:
        while sock.recv(1 << 16):
            pass
    except ConnectionResetError:
        return
    raise Failure(f"{what}: end of stream, expected a reset")


def abort(sock):
    """Closes with RST: SO_LINGER on, zero seconds."""
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    sock.close()


class Background:
    """Runs a function in a thread; join() gives its result or raises what it raised."""

    def __init__(self, function, *args):
        self._result = self._error = None
        self._thread = threading.Thread(target=self._run, args=(function, args), daemon=True)
        self._thread.start()

    def _run(self, function, args):
        try:
            self._result = function(*args)
        except BaseException as error:  # handed to join()
            self._error = error

    def join(self, deadline=10 * DEADLINE):
        self._thread.join(deadline)
        expect(not self._thread.is_alive(), f"a transfer did not end within {deadline} s")
        if self._error:
            raise self._error
        return self._result


def allow_many_files():
    _, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(hard, 65536), hard))
