# SPDX-License-Identifier: Apache-2.0
"""test_sensord_real.py - RAPL of this machine through aico2-sensord against RAPL read directly; needs root and the counter"""
import glob
import os
import socket
import struct
import subprocess
import sys
import tempfile
import time

SKIPPED = 77
SENSORD = os.environ["AICO2_TEST_SENSORD"]


def zones():
    """{name of a package: file of its counter}"""
    found = {}
    for folder in glob.glob("/sys/class/powercap/intel-rapl:*"):
        try:
            with open(folder + "/name", encoding="ascii") as handle:
                name = handle.read().strip()
            with open(folder + "/energy_uj", encoding="ascii") as handle:
                int(handle.read())
        except (OSError, ValueError):
            continue
        if name.startswith("package-"):
            found[name] = folder + "/energy_uj"
    return found


def main():
    direct = zones()
    if not direct or os.geteuid() != 0:
        print("no RAPL here, or not root")
        return SKIPPED
    with tempfile.TemporaryDirectory() as folder:
        path = folder + "/sensord.sock"
        daemon = subprocess.Popen([SENSORD, "--socket", path, "--group=0"], stderr=subprocess.PIPE, text=True)
        try:
            while "no privilege left" not in daemon.stderr.readline():
                assert daemon.poll() is None
            with socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET) as client:
                client.connect(path)

                def ask(command, argument=0):
                    client.send(struct.pack("=4sHHII", b"AISD", 1, command, 0, argument))
                    answer = client.recv(32768)
                    return [answer[at:at + 64] for at in range(0, len(answer), 64)]

                def joules():
                    told = [struct.unpack_from("=Q", record, 32)[0] for record in ask(3)]
                    read = {}
                    for name, file in direct.items():
                        with open(file, encoding="ascii") as handle:
                            read[name] = int(handle.read())
                    return told, read

                count = struct.unpack_from("=I", ask(1)[0], 16)[0]
                kinds = [struct.unpack_from("=I", ask(2, number)[0], 40)[0] for number in range(count)]
                before, read_before = joules()
                time.sleep(5)
                after, read_after = joules()
            told = sum(after[at] - before[at] for at in range(count) if kinds[at] == 1) / 1e6
            read = sum(read_after[name] - read_before[name] for name in direct) / 1e6
            print(f"through sensord {told:.3f} J, directly {read:.3f} J")
            if read < 0:
                print("the counter went round meanwhile")
                return SKIPPED
            return 0 if read > 0 and abs(told - read) <= 0.02 * read else 1
        finally:
            daemon.terminate()
            daemon.wait(timeout=20)


if __name__ == "__main__":
    sys.exit(main())
