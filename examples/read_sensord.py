#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""read_sensord.py - joules of each device, once a second, from aico2-sensord (docs/sensord.md)"""
import socket
import struct
import sys
import time

with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as sensord:
    sensord.connect(sys.argv[1] if len(sys.argv) > 1 else "/run/aico2/sensord.sock")

    def ask(command, argument=0):
        sensord.send(struct.pack("=4sHHII", b"AISD", 1, command, 0, argument))
        answer = sensord.recv(32768)
        return [answer[at:at + 64] for at in range(0, len(answer), 64)]

    count = struct.unpack_from("=I", ask(1)[0], 16)[0]
    names = [ask(2, number)[1][12:].rstrip(b"\0").decode() for number in range(count)]
    for _ in range(int(sys.argv[2]) if len(sys.argv) > 2 else 10):
        for name, record in zip(names, ask(3)):
            energy_uj, power_uw, valid = struct.unpack_from("=QQI", record, 32)
            print(name, f"{energy_uj / 1e6:.1f} J" if valid & 1 else f"{power_uw / 1e6:.1f} W" if valid & 2 else "-", flush=True)
        time.sleep(1)
