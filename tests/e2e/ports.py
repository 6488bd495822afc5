# SPDX-License-Identifier: Apache-2.0
"""ports.py - what a test needs to know of the network it runs in: a port that is free, and whether names are looked up."""
import random
import socket
import time


def free_port():
    """One that the kernel gives to nobody who connects: until the program listens there it stays free."""
    with open("/proc/sys/net/ipv4/ip_local_port_range", encoding="ascii") as handle:
        first = int(handle.read().split()[0])
    ports = range(10000, first) if first > 11000 else [0]
    for _ in range(1000):
        with socket.socket() as probe:
            try:
                probe.bind(("127.0.0.1", random.choice(ports)))
            except OSError:
                continue
            return probe.getsockname()[1]
    raise OSError("no port is free")


def names_are_answered():
    """Whether this machine says soon that there is no such name; where no server of names answers it takes its time."""
    began = time.monotonic()
    try:
        socket.getaddrinfo("no-such-name.invalid", 80)
    except socket.gaierror:
        pass
    return time.monotonic() - began < 1
