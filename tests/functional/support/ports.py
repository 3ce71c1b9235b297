# SPDX-License-Identifier: MIT
"""Ports that stay free until somebody takes them by number."""

import errno
import pathlib
import random
import socket

LOWEST = 10_000


def free_port():
    """Free on both loopback addresses, and outside the range from which the kernel gives ports to all others: neither a
    daemon on port 0 nor a client can take it before it is used; ip(7)."""
    first_given = int(pathlib.Path('/proc/sys/net/ipv4/ip_local_port_range').read_text().split()[0])
    while True:
        port = random.randrange(LOWEST, max(first_given, LOWEST + 1000))
        with socket.socket() as four, socket.socket(socket.AF_INET6) as six:
            try:
                four.bind(('127.0.0.1', port))
            except OSError:
                continue
            try:
                six.bind(('::1', port))
            except OSError as error:
                if error.errno == errno.EADDRINUSE:
                    continue                  # else this machine has no IPv6
            return port
