# SPDX-License-Identifier: Apache-2.0
"""remote_rows.py - windows out of a time-series server: a real one for the time, frames of a fake fetcher for the memory."""
import json
import os
import shutil
import socket
import subprocess
import time
import urllib.request

import rows

SCRAPE = 15
DAY = 86400


def free_port():
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def make_day(bench, begin):
    """Eight GPUs at 300 W, a sample each 15 s, as blocks of a Prometheus."""
    path = bench.path("day.om")
    with open(path, "w", encoding="ascii") as file:
        file.write("# TYPE DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION gauge\n")
        for gpu in range(8):
            head = ('DCGM_FI_DEV_TOTAL_ENERGY_CONSUMPTION{instance="n1:9400",Hostname="n1",gpu="%d",UUID="GPU-%d",'
                    'modelName="NVIDIA H100 80GB HBM3"}' % (gpu, gpu))
            file.writelines("%s %d %d\n" % (head, 300000 * at, begin + at) for at in range(0, DAY + 600, SCRAPE))
        file.write("# EOF\n")
    subprocess.run(["promtool", "tsdb", "create-blocks-from", "openmetrics", path, bench.path("data")], check=True,
                   timeout=240, **rows.QUIET)


def start_server(bench):
    port = free_port()
    with open(bench.path("prometheus.yml"), "w", encoding="ascii") as file:
        file.write("global: {scrape_interval: 15s}\n")
    server = subprocess.Popen(["prometheus", "--config.file=prometheus.yml", "--storage.tsdb.path=data",
                               "--storage.tsdb.retention.time=400d", "--web.listen-address=127.0.0.1:%d" % port],
                              cwd=bench.directory, **rows.QUIET)
    url = "http://127.0.0.1:%d" % port
    for _ in range(400):
        try:
            urllib.request.urlopen(url + "/-/ready", timeout=1).close()
            return server, url
        except OSError:
            time.sleep(0.05)
    server.kill()
    raise RuntimeError("prometheus does not start")


def server_seconds(url):
    """What the server has spent on questions so far, as it counts itself."""
    with urllib.request.urlopen(url + "/metrics", timeout=60) as reply:
        lines = reply.read().decode().splitlines()
    return sum(float(line.rpartition(" ")[2]) for line in lines
               if line.startswith('prometheus_http_request_duration_seconds_sum{handler="/api/'))


def day_of_gpus(bench):
    begin = int(time.time()) // DAY * DAY - 3 * DAY
    make_day(bench, begin)
    server, url = start_server(bench)
    command = [bench.aico2, "measure", "--source", "prometheus", "--prometheus-url", url, "--start", str(begin + 300),
               "--end", str(begin + 300 + DAY), "--json"]
    try:
        beside, whole = [], []
        for _ in range(3 if bench.quick else 9):
            spent = server_seconds(url)
            began = time.monotonic()
            report = json.loads(subprocess.run(command, env=bench.env, cwd=bench.directory, check=True, timeout=60,
                                               stdout=subprocess.PIPE).stdout)
            whole.append(time.monotonic() - began)
            beside.append(whole[-1] - (server_seconds(url) - spent))
        wanted = 8 * 300 * DAY
        if abs(report["energy"]["machine_joules"] - wanted) > 1:
            raise RuntimeError("%g J are not %g" % (report["energy"]["machine_joules"], wanted))
        yield rows.Row("a day of 8 GPUs out of Prometheus, beside it", "ms", 1e3 * min(beside), 300,
                       note="with the server's own time %.0f ms" % (1e3 * min(whole)))
    finally:
        rows.stop(server)


def high_water_kib(pid):
    try:
        with open("/proc/%d/status" % pid, encoding="ascii") as file:
            return next((int(line.split()[1]) for line in file if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def play(bench, hours, devices):
    """A window of so many hours out of frames. Return: seconds of CPU, KiB at most."""
    prefix = bench.path("prefix")
    for folder in ("bin", "libexec/aico2"):
        os.makedirs(os.path.join(prefix, folder), exist_ok=True)
    shutil.copy(bench.aico2, os.path.join(prefix, "bin"))
    shutil.copy(os.path.join(bench.build, "tests", "fakes", "fake_remote"),
                os.path.join(prefix, "libexec/aico2/aico2-fetch"))
    with open(os.path.join(prefix, "libexec/aico2/script"), "w", encoding="ascii") as file:
        file.write("server P\nhost n sockets=1\n")
        for i in range(devices):
            file.write("device 0 counter gpu %d E exporter=dcgm interval=15 model=NVIDIA_H100 limit=700\n" % i)
        for i in range(devices):
            file.write("ramp %d -15 %d 15 1000 300\n" % (i, hours * 3600 + 15))
        file.write("end complete\n")
    process = subprocess.Popen([os.path.join(prefix, "bin", "aico2"), "measure", "--source", "prometheus",
                                "--prometheus-url", "http://localhost:9", "--start", "1790000000", "--end",
                                str(1790000000 + hours * 3600), "--json"], env=bench.env, cwd=bench.directory,
                               stdout=subprocess.DEVNULL)
    most = 0
    while process.poll() is None:  # ru_maxrss would be what was forked
        most = max(most, high_water_kib(process.pid))
        used = rows.cpu_ns(process.pid) if most else 0
        time.sleep(0.02)
    if process.returncode != 0:
        raise RuntimeError("measure ended with %d" % process.returncode)
    return used / 1e9, most


def remote_windows(bench):
    """What a window of a time-series server costs beside the server."""
    if shutil.which("prometheus") and shutil.which("promtool") and \
            os.path.exists(os.path.join(bench.build, "src", "fetch", "aico2-fetch")):
        yield from day_of_gpus(bench)
    if os.path.exists(os.path.join(bench.build, "tests", "fakes", "fake_remote")):
        _, few = play(bench, 24, 64)
        seconds, many = play(bench, 240 if bench.quick else 720, 64)
        yield rows.Row("memory of 30 days of 64 series over that of one", "KiB", many - few, 512,
                       note="%.1f MiB at most, %.1f s of CPU" % (many / 1024, seconds))
