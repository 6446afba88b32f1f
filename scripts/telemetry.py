#!/usr/bin/env python3
"""Asks a running Millrace program over DPDK's telemetry socket and prints the answer, one "name value" per line.

    telemetry.py FILE_PREFIX [COMMAND] [--nonzero]        COMMAND: /millrace/stats when not given
"""

import json
import socket
import sys


def ask(file_prefix, command):
    with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sock:
        sock.settimeout(10)
        sock.connect(f"/var/run/dpdk/{file_prefix}/dpdk_telemetry.v2")
        limit = json.loads(sock.recv(65536))["max_output_len"]
        sock.send(command.encode())
        return json.loads(sock.recv(max(limit, 65536)))[command]


def flat(data, name=""):
    if isinstance(data, dict):
        for key, value in data.items():
            yield from flat(value, f"{name}.{key}" if name else key)
    elif isinstance(data, list):
        for index, value in enumerate(data):
            yield from flat(value, f"{name}.{index}")
    else:
        yield name, data


def main():
    words = [word for word in sys.argv[1:] if word != "--nonzero"]
    if not 1 <= len(words) <= 2:
        sys.exit(__doc__)
    try:
        answer = ask(words[0], words[1] if len(words) > 1 else "/millrace/stats")
    except OSError as error:
        sys.exit(f"telemetry.py: no answer from {words[0]}: {error}")
    for name, value in flat(answer):
        if value or "--nonzero" not in sys.argv:
            print(f"{name:<44} {value}")


if __name__ == "__main__":
    main()
