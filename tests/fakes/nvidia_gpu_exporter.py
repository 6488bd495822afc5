#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""nvidia_gpu_exporter.py - stands for nvidia_gpu_exporter where that cannot be had: its names, over HTTP.

Asks the nvidia-smi of PATH at each scrape and names what it says by the exporter's rule: `a.b [W]` becomes
nvidia_smi_a_b_watts, [MHz] _clock_hz, [MiB] _bytes, [%] _ratio; what is no number is left out.
"""
import http.server
import re
import subprocess
import sys

FIELDS = "uuid,name,driver_version,power.draw,power.limit,utilization.gpu,memory.used,memory.total,temperature.gpu"
UNITS = {"W": ("_watts", 1), "MHz": ("_clock_hz", 1000000), "MiB": ("_bytes", 1048576), "%": ("_ratio", 0.01)}


def figure(heading, value):
    """(name, number), or None for what is none."""
    match = re.fullmatch(r"([a-z_.]+)(?: \[(.+)\])?", heading)
    number = re.fullmatch(r"([0-9.]+)(?: .*)?", value)
    if not match or not number:
        return None
    suffix, factor = UNITS.get(match.group(2), ("", 1))
    return "nvidia_smi_" + match.group(1).replace(".", "_") + suffix, float(number.group(1)) * factor


def metrics():
    done = subprocess.run(["nvidia-smi", "--query-gpu=" + FIELDS, "--format=csv"], stdout=subprocess.PIPE, text=True,
                          check=False)
    families = {"nvidia_smi_command_exit_code": [("", done.returncode)]}
    rows = [line.split(", ") for line in done.stdout.splitlines()] if done.returncode == 0 else []
    for row in rows[1:]:
        cells = dict(zip(rows[0], row))
        uuid = cells["uuid"].lower().replace("gpu-", "", 1)
        families.setdefault("nvidia_smi_gpu_info", []).append(
            (f'{{driver_version="{cells["driver_version"]}",name="{cells["name"]}",uuid="{uuid}"}}', 1))
        for heading, value in cells.items():
            if heading in ("uuid", "name", "driver_version"):
                continue
            found = figure(heading, value)
            if found:
                families.setdefault(found[0], []).append((f'{{uuid="{uuid}"}}', found[1]))
    return "".join(f"# HELP {name} Stands in.\n# TYPE {name} gauge\n" +
                   "".join(f"{name}{labels} {value!r}\n" for labels, value in samples)
                   for name, samples in families.items())


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        body = metrics().encode() if self.path == "/metrics" else b"metrics: /metrics\n"
        self.send_response(200)
        self.send_header("Content-Type", "text/plain; version=0.0.4; charset=utf-8")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)


def main(words):
    for word in words:
        option, _, value = word.partition("=")
        if option == "--web.listen-address":
            host, _, port = value.rpartition(":")
            http.server.ThreadingHTTPServer((host, int(port)), Handler).serve_forever()
    print(f"unknown arguments: {words}", file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
