# SPDX-License-Identifier: Apache-2.0
"""rows.py - what is measured: one function a group of rows of design numbers, each gives Row objects."""
import json
import os
import random
import shutil
import signal
import sqlite3
import statistics
import subprocess
import tempfile
import threading
import time
from dataclasses import asdict, dataclass

QUIET = {"stdout": subprocess.DEVNULL, "stderr": subprocess.DEVNULL}
# What bench-reference_tick (at 1 Hz, at 100 Hz) and `true` take on the machine for which the limits
# were set.
REFERENCE_TICK_US = 95.0
REFERENCE_TICK_100_HZ_US = 102.0
REFERENCE_TRUE_MS = 1.0


@dataclass
class Row:
    """One line of the table. ratio and its limit are to a reference run at the same time."""
    what: str
    unit: str
    measured: float
    limit: float
    reference: float = None
    reference_limit: float = None
    at_least: bool = False
    note: str = ""

    @property
    def ratio(self):
        return self.measured / self.reference if self.reference else None

    @property
    def ratio_limit(self):
        return self.limit / self.reference_limit if self.reference_limit else None

    @property
    def held(self):
        if self.at_least:
            return self.measured >= self.limit
        if self.ratio is not None:
            return self.ratio <= self.ratio_limit
        return self.measured <= self.limit

    def as_dict(self):
        return {**asdict(self), "ratio": self.ratio, "ratio_limit": self.ratio_limit,
                "held": self.held}


class Bench:
    """Where the programs are, how long to measure, and a directory of its own."""

    def __init__(self, build, quick):
        self.build = os.path.abspath(build)
        self.source = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
        self.aico2 = os.path.join(self.build, "src", "cli", "aico2")
        self.quick = quick
        self.long_run = None  # what made it printed
        self.directory = tempfile.mkdtemp(prefix="aico2-bench-")
        self.env = {key: value for key, value in os.environ.items()
                    if not key.startswith("AICO2_")}
        self.env.update(HOME=self.directory, XDG_CONFIG_HOME=self.directory,
                        XDG_DATA_HOME=self.directory, LC_ALL="C")

    def close(self):
        shutil.rmtree(self.directory, ignore_errors=True)

    def program(self, name):
        return os.path.join(self.build, "bench", "bench-" + name)

    def path(self, name):
        return os.path.join(self.directory, name)

    def output(self, *command, **options):
        done = subprocess.run(command, env=self.env, cwd=self.directory, check=True, timeout=280,
                              stdout=subprocess.PIPE, **options)
        return done.stdout.decode().split()

    def start(self, *command, **options):
        return subprocess.Popen(command, env=self.env, cwd=self.directory,
                                start_new_session=True, **options)

    def run_command(self, options, job, perf=True, group=None):
        command = [self.aico2, "run", "--quiet", *options, "--", *job]
        if not perf:
            command = [self.program("without_perf"), *command]
        if group:
            enter = 'echo $$ > "$0/cgroup.procs"; exec "$@"'
            command = ["sh", "-c", enter, group, *command]
        return command


def cpu_ns(pid):
    """CPU time of all threads of a process: its CPU clock, as clock_getcpuclockid() names it."""
    return time.clock_gettime_ns((~pid << 3) | 2)


def stop(process):
    """The job first, so that aico2 ends by itself."""
    process.terminate()
    try:
        process.wait(20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def cost(bench, options, job, perf=True, interval=1.0, seconds=10.0, settle=1.7, group=None):
    """CPU seconds a second of `aico2 run`, and us a tick of the reference beside it."""
    command = bench.run_command(["--interval", "%gs" % interval, *options], job, perf, group)
    process = bench.start(*command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    try:
        time.sleep(settle)
        reference = bench.start(bench.program("reference_tick"), str(int(interval * 1e9)),
                                str(max(1, int(seconds / interval))), stdout=subprocess.PIPE)
        before, began = cpu_ns(process.pid), time.monotonic()
        time.sleep(seconds)
        used, took = cpu_ns(process.pid) - before, time.monotonic() - began
        reference_us = int(reference.communicate(timeout=30)[0]) / 1e3
    finally:
        stop(process)
    return used / 1e9 / took, reference_us


# --- CPU time ---

def forks():
    with open("/proc/stat") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("processes "))


def ticks(bench):
    seconds = 3.0 if bench.quick else 12.0
    plan = [(1, True, 160), (100, True, 200), (1000, True, 700),
            (1, False, 160), (100, False, 200), (1000, False, 700)]
    if bench.quick:
        plan = [plan[0], plan[2], plan[5]]
    for count, perf, limit in plan:
        before = forks()
        share, reference = cost(bench, ["--no-db"], [bench.program("load"), "tree", str(count)],
                                perf, seconds=seconds)
        others = max(0, forks() - before - count) / (seconds + 1.7)
        yield Row("tick, 1 Hz, job of %d, %s perf" % (count, "with" if perf else "without"), "us",
                  share * 1e6, limit, reference, REFERENCE_TICK_US,
                  note="" if perf or others < 5 else "others started %.0f processes a second: "
                  "each may be the job's" % others)


def make_group():
    """A control group, where one may be made; the path, or None."""
    for mount in ("/sys/fs/cgroup", "/sys/fs/cgroup/unified", "/sys/fs/cgroup/cpuacct"):
        path = "%s/aico2-bench-%d" % (mount, os.getpid())
        if not os.access(mount + "/cgroup.procs", os.W_OK):
            continue
        try:
            os.mkdir(path)
        except OSError:
            continue
        return path
    return None


def group_ticks(bench):
    """As in a container: the job has the group to itself, and perf is denied."""
    seconds = 3.0 if bench.quick else 12.0
    group = make_group()
    if group is None:
        return
    try:
        for count, limit in ((100, 200), (1000, 700), (5000, 700)):
            share, reference = cost(bench, ["--no-db"], [bench.program("load"), "tree", str(count)],
                                    False, seconds=seconds, settle=2.5, group=group)
            yield Row("tick, 1 Hz, job of %d, alone in its group" % count, "us", share * 1e6, limit,
                      reference, REFERENCE_TICK_US)
    finally:
        for _ in range(100):  # thousands take a moment to be gone
            try:
                os.rmdir(group)
                break
            except OSError:
                time.sleep(0.1)


def crowded(bench):
    """A small job on a machine with many processes of others: they are not looked at."""
    seconds = 3.0 if bench.quick else 12.0
    for count in (1000, 5000):
        others = bench.start(bench.program("load"), "tree", str(count), stdout=subprocess.PIPE)
        try:
            others.stdout.readline()  # all of them are there
            for perf in (True, False):
                share, reference = cost(bench, ["--no-db"], [bench.program("load"), "tree", "1"], perf,
                                        seconds=seconds)
                yield Row("tick, 1 Hz, job of 1 beside %d, %s perf" % (count, "with" if perf else "without"),
                          "us", share * 1e6, 160, reference, REFERENCE_TICK_US)
        finally:
            stop(others)
            others.stdout.close()


class Machine:
    """This machine with two packages of RAPL, and their counters running."""

    def __init__(self, directory):
        self.root = directory
        zones = os.path.join(directory, "sys", "class", "powercap")
        os.makedirs(zones)
        for name in ("proc", "dev", "etc"):
            os.symlink("/" + name, os.path.join(directory, name))
        os.makedirs(os.path.join(directory, "sys", "devices", "system"))
        for name in ("cpu", "node"):
            if os.path.isdir("/sys/devices/system/" + name):
                os.symlink("/sys/devices/system/" + name,
                           os.path.join(directory, "sys", "devices", "system", name))
        self.counters = []
        for package in (0, 1):
            self.add(zones, "intel-rapl:%d" % package, "package-%d" % package, 150)
            for at, (name, watts) in enumerate((("core", 80), ("dram", 10))):
                self.add(zones, "intel-rapl:%d:%d" % (package, at), name, watts)
        self.over = threading.Event()
        self.thread = threading.Thread(target=self.count, daemon=True)
        self.thread.start()

    def add(self, zones, directory, name, watts):
        path = os.path.join(zones, directory)
        os.mkdir(path)
        for key, value in (("name", name), ("max_energy_range_uj", "262143328850"),
                           ("constraint_0_name", "long_term"),
                           ("constraint_0_max_power_uw", "270000000"), ("enabled", "1"),
                           ("energy_uj", "1000000")):
            with open(os.path.join(path, key), "w") as file:
                file.write(value + "\n")
        self.counters.append((os.open(os.path.join(path, "energy_uj"), os.O_WRONLY), watts))

    def count(self):
        began = time.monotonic()
        while not self.over.wait(0.2):
            for fd, watts in self.counters:
                energy = 1000000 + int((time.monotonic() - began) * watts * 1e6)
                os.pwrite(fd, b"%d\n" % energy, 0)

    def close(self):
        self.over.set()
        self.thread.join()
        for fd, _ in self.counters:
            os.close(fd)


def find_fake_nvml(bench):
    path = os.path.join(bench.build, "tests", "fakes", "fake_nvml.so")
    return path if os.path.exists(path) else None


def many_devices(bench):
    """Against the plain machine, measured one after the other."""
    seconds = 3.0 if bench.quick else 12.0
    machine = Machine(bench.path("machine"))
    nvml = find_fake_nvml(bench)
    options = ["--sysroot", machine.root]
    if nvml:
        bench.env.update(FAKE_NVML="count=8;gpu.watts=300;gpu.util=60;gpu.procs=1:1000:60")
        options += ["--nvml", nvml]
    found = []
    rows = []
    try:
        for count in (1, 100):
            job = [bench.program("load"), "tree", str(count)]
            plain, reference = cost(bench, ["--no-db"], job, seconds=seconds)
            full, _ = cost(bench, ["--no-db", *options], job, seconds=seconds)
            rows.append((count, plain, full, reference))
        devices = json.loads(" ".join(bench.output(bench.aico2, "devices", "--json", *options)))
        found = [device["reader"] for device in devices["devices"]]
    finally:
        machine.close()
    for count, plain, full, reference in rows:
        yield Row("more a tick for 2 sockets of RAPL, 8 GPUs, job of %d" % count, "us", (full - plain) * 1e6,
                  100, reference, REFERENCE_TICK_US,
                  note="%d RAPL and %d GPU devices" % (found.count("rapl"), found.count("nvml")) +
                       ("" if nvml else ": no fake NVML in this build"))


def add_graphics_card(root):
    """One amdgpu card that rests; the processes on it are looked for in this machine's /proc."""
    card = os.path.join(root, "sys", "devices", "pci0000:00", "0000:03:00.0")
    os.makedirs(os.path.join(card, "hwmon", "hwmon3"))
    drivers = os.path.join(root, "sys", "bus", "pci", "drivers", "amdgpu")
    os.makedirs(drivers)
    os.makedirs(os.path.join(root, "sys", "class", "drm", "card0"))
    os.symlink(drivers, os.path.join(card, "driver"))
    os.symlink(card, os.path.join(root, "sys", "class", "drm", "card0", "device"))
    for name, text in (("vendor", "0x1002"), ("device", "0x744c"), ("gpu_busy_percent", "0"),
                       ("uevent", "DRIVER=amdgpu\nPCI_SLOT_NAME=0000:03:00.0"),
                       ("mem_info_vram_used", "1000000"), ("hwmon/hwmon3/name", "amdgpu"),
                       ("hwmon/hwmon3/power1_average", "100000000")):
        with open(os.path.join(card, name), "w") as file:
            file.write(text + "\n")


def gpu_processes(bench):
    """A card whose users are told by /proc/PID/fdinfo, among others' processes; against none of it."""
    seconds = 3.0 if bench.quick else 12.0
    job = [bench.program("load"), "tree", "3"]
    machine = Machine(bench.path("machine-drm"))
    try:
        plain_machine = ["--no-db", "--sysroot", machine.root]
        for count in (100, 1000):
            others = bench.start(bench.program("load"), "tree", str(count), **QUIET)
            try:
                time.sleep(0.5)
                plain, reference = cost(bench, plain_machine, job, seconds=seconds)
                add_graphics_card(machine.root)
                full, _ = cost(bench, plain_machine, job, seconds=seconds,
                               settle=6 if bench.quick else 20)
            finally:
                shutil.rmtree(os.path.join(machine.root, "sys", "class", "drm"), ignore_errors=True)
                shutil.rmtree(os.path.join(machine.root, "sys", "devices", "pci0000:00"),
                              ignore_errors=True)
                shutil.rmtree(os.path.join(machine.root, "sys", "bus"), ignore_errors=True)
                stop(others)
            yield Row("more a tick for an AMD GPU among %d processes" % count, "us",
                      (full - plain) * 1e6, 100, reference, REFERENCE_TICK_US)
    finally:
        machine.close()


def at_a_kilohertz(bench, what, reader, options, cpu_limit):
    """Late ticks are the report's own; only a machine with a free CPU can be asked for none."""
    seconds = 5 if bench.quick else 20
    path = bench.path("kilohertz.json")
    began = os.times()
    bench.output(*bench.run_command(["--no-db", "--interval", "1ms", "-o", path, *options],
                                    [shutil.which("sleep"), str(seconds)]))
    ended = os.times()
    report = read_report(path)
    readings = min(device["samples"] for device in report["devices"] if device["reader"] == reader)
    share = (ended.children_user + ended.children_system - began.children_user -
             began.children_system) / seconds
    yield Row("late ticks at 1 kHz, " + what, "", report["overhead"]["late_ticks"], 0,
              note="of %d; %d readings of each counter; load %.1f" %
              (seconds * 1000, readings, os.getloadavg()[0]))
    yield Row("CPU at 1 kHz, " + what, "%", share * 100, cpu_limit)


def kilohertz(bench):
    machine = Machine(bench.path("kilohertz"))
    nvml = find_fake_nvml(bench)
    try:
        yield from at_a_kilohertz(bench, "2 sockets of RAPL", "rapl",
                                  ["--sysroot", machine.root], 10)
        if nvml:
            bench.env.update(FAKE_NVML="count=8;gpu.watts=300;gpu.refresh_ms=20;gpu.util=60;"
                                       "gpu.procs=1:1000:60")
            yield from at_a_kilohertz(bench, "2 sockets of RAPL, 8 GPUs", "nvml",
                                      ["--sysroot", machine.root, "--nvml", nvml], 20)
    finally:
        machine.close()


def share_of_a_core(bench):
    seconds = 3.0 if bench.quick else 12.0
    job = [bench.program("load"), "tree", "1"]
    for hertz, limit in ((1, 0.04), (100, 2.0)):
        share, reference = cost(bench, ["--db", bench.path("share.db")], job,
                                interval=1 / hertz, seconds=seconds)
        yield Row("CPU at %d Hz, history written" % hertz, "%", share * 100, limit,
                  reference * hertz / 1e4,
                  (REFERENCE_TICK_US if hertz == 1 else REFERENCE_TICK_100_HZ_US) * hertz / 1e4)


# --- start-up and memory ---

def time_of(bench, command):
    began = time.perf_counter()
    pid = os.posix_spawn(command[0], command, bench.env, file_actions=[
        (os.POSIX_SPAWN_OPEN, fd, "/dev/null", os.O_RDWR, 0) for fd in (0, 1, 2)])
    _, status, usage = os.wait4(pid, 0)
    took = time.perf_counter() - began
    if status != 0:
        raise RuntimeError("%s ended with %d" % (" ".join(command), status))
    return took, usage.ru_utime + usage.ru_stime


def start_up(bench):
    """Turn and turn about, so that both meet the same weather; lower quartiles."""
    rounds = 40 if bench.quick else 200
    true = shutil.which("true")
    for what, options in (("", ["--no-db"]), (", history written", ["--db", bench.path("t.db")])):
        measured = [bench.aico2, "run", *options, "--", true]
        time_of(bench, measured)
        pairs = [(time_of(bench, measured)[0], time_of(bench, [true])[0]) for _ in range(rounds)]
        wrapped, bare = (statistics.quantiles([pair[i] for pair in pairs], n=4)[0] * 1e3
                         for i in (0, 1))
        yield Row("added to `true`" + what, "ms", wrapped - bare, 3, bare, REFERENCE_TRUE_MS,
                  note="%.2f ms against %.2f ms" % (wrapped, bare))


def memory(bench):
    process = bench.start(*bench.run_command(["--db", bench.path("rss.db")],
                                             [bench.program("load"), "tree", "1"]), **QUIET)
    time.sleep(2.5)
    with open("/proc/%d/status" % process.pid) as file:
        kib = {line.split(":")[0]: line.split()[1] for line in file if line.startswith("Vm")}
    stop(process)
    yield Row("resident memory of `aico2 run`, at most", "MiB", int(kib["VmHWM"]) / 1024, 5)


# --- history ---

def commits(bench):
    mean, worst = bench.output(bench.program("history"), "commits", bench.path("commits.db"),
                               "500" if bench.quick else "3000")
    yield Row("a commit of one tick", "us", int(mean) / 1e3, 150, note="99 %% of them below %.0f us"
              % (int(worst) / 1e3))


def fastest(bench, command, rounds):
    """Milliseconds of CPU time: the waiting for a busy machine is not the program's."""
    return min(time_of(bench, command)[1] for _ in range(rounds)) * 1e3


def year(bench):
    step = 3600 if bench.quick else 60
    path = bench.path("year.db")
    bench.output(bench.program("history"), "fill", path, "16", str(step), "365")
    size = os.path.getsize(path) / 1e6
    note = "%.0f MB, a sample every %s" % (size, "hour" if bench.quick else "minute")
    yield Row("report of a run of a year, 16 devices", "ms",
              fastest(bench, [bench.aico2, "show", "last", "--db", path, "--json"], 5), 100,
              note=note)
    yield Row("report over that year by `measure`", "ms",
              fastest(bench, [bench.aico2, "measure", "--start", "2025-01-01T00:00:00Z", "--end",
                              "2026-01-01T00:00:00Z", "--db", path, "--json"], 3), 100, note=note)
    os.unlink(path)


def long_history(bench):
    """A run of very many samples, made once: its file, how many, and what its maker printed."""
    samples = 10 ** 6 if bench.quick else 10 ** 7
    path = bench.path("long.db")
    if bench.long_run is None:
        bench.long_run = bench.output(bench.program("long_run"), path, str(samples))
    return path, samples, bench.long_run


def long_run(bench):
    path, samples, (count, devices, early, late, finish, run) = long_history(bench)
    note = "%d samples of %s devices" % (int(count) * int(devices), devices)
    yield Row("memory grown over a run of 10^%d samples" % (len(str(samples)) - 1), "KiB",
              int(late) - int(early), 256, note=note)
    yield Row("its report when it ends", "ms", float(finish), 1000, note=note)
    yield Row("its report by `show`", "ms",
              fastest(bench, [bench.aico2, "show", run, "--db", path, "--json"], 3), 1000,
              note="%.0f MB" % (os.path.getsize(path) / 1e6))


def kills(bench):
    """SIGKILL at a random moment; then how far what is stored reaches."""
    count = 20
    runs = []
    losses = []
    for at in range(count):
        path = bench.path("kill-%d.db" % at)
        runs.append((random.uniform(1.5, 3.5), path, bench.start(
            *bench.run_command(["--db", path], [bench.program("load"), "tree", "1"]), **QUIET)))
        time.sleep(0.05)
    began = time.monotonic()
    for when, path, process in sorted(runs, key=lambda run: run[0]):
        time.sleep(max(0, began + when - time.monotonic()))
        killed_ns = time.time_ns()
        process.send_signal(signal.SIGKILL)
        process.wait()
        database = sqlite3.connect(path)
        stored = database.execute("SELECT max(ended_wall_ns) FROM progress").fetchone()[0]
        database.close()
        losses.append((killed_ns - stored) / 1e9)
    yield Row("lost after SIGKILL, worst of %d" % count, "s", max(losses), 1.0,
              note="mean %.2f s; a tick is 1 s, 5 %% more or less" % statistics.mean(losses))


# --- truth ---

def read_report(path):
    with open(path) as file:
        return json.load(file)


def idle_seconds():
    """What no CPU did, by the kernel's own idle accounting."""
    with open("/proc/stat") as file:
        words = file.readline().split()
    return (int(words[4]) + int(words[5]) + int(words[8])) / os.sysconf("SC_CLK_TCK")


def children_seen(bench):
    count = "80" if bench.quick else "160"
    plan = [("1s", True), ("1s", False), ("100ms", False)]
    for interval, perf in plan[1:2] if bench.quick else plan:
        path = bench.path("children.db")
        process = bench.start(*bench.run_command(
            ["--interval", interval, "--db", path],
            [bench.program("load"), "children", count, "50", "3"], perf),
            stdout=subprocess.PIPE, stderr=subprocess.DEVNULL)
        truth = float(process.stdout.readline())
        time.sleep(2.5)
        # while the job lives: what the clocks saw, without the help of the last wait
        database = sqlite3.connect(path)
        seen = database.execute("SELECT cpu_seconds FROM progress").fetchone()[0]
        database.close()
        process.wait(20)
        for name in (path, path + "-wal", path + "-shm"):
            os.path.exists(name) and os.unlink(name)
        yield Row("children of 50 ms seen, every %s, %s perf" %
                  (interval, "with" if perf else "without"), "%", seen / truth * 100, 99.5,
                  at_least=True)


def sub_tick(bench):
    seconds = 4 if bench.quick else 12
    path = bench.path("subtick.json")
    began, idle = time.monotonic(), idle_seconds()
    truth = float(bench.output(*bench.run_command(
        ["--no-db", "-o", path], [bench.program("load"), "subtick", str(seconds)]))[0])
    threads = os.cpu_count()
    machine = (time.monotonic() - began) * threads - (idle_seconds() - idle)
    report = read_report(path)
    yield Row("sub-tick work: CPU time of the job, off by", "%",
              abs(report["run"]["cpu_seconds"] / truth - 1) * 100, 2)
    cpus = [device for device in report["devices"] if device["kind"] == "cpu"]
    busy = sum(device["mean_utilization_ratio"] for device in cpus) / len(cpus) * \
        report["run"]["duration_seconds"] * threads
    yield Row("sub-tick work: busy time of the machine, off by", "%",
              abs(busy / machine - 1) * 100, 2,
              note="%.2f s of %.2f s that the CPUs were not idle" % (busy, machine))


# --- names ---

def names(bench, table, *columns):
    import csv
    with open(os.path.join(bench.source, "data", table)) as file:
        return "\n".join(" ".join(row[column] for column in columns)
                         for row in csv.DictReader(file)) + "\n"


def look_up(bench):
    for kind, table, columns in (("cpu", "cpu_tdp.csv", ("vendor", "model")),
                                 ("gpu", "gpu_tdp.csv", ("model",))):
        mean, worst, *name = bench.output(bench.program("lookup"), kind,
                                          input=names(bench, table, *columns).encode())
        yield Row("look-up of a %s's name" % kind.upper(), "us", int(mean) / 1e3, 20,
                  note="slowest %.1f us: %s" % (int(worst) / 1e3, " ".join(name)))


# --- clients of a GPU ---

def add_processes(root, clients, others):
    """Processes with ten files each; the first have the card open."""
    for pid in range(1000, 1000 + clients + others):
        directory = os.path.join(root, "proc", str(pid))
        os.makedirs(os.path.join(directory, "fd"))
        for fd in range(9):
            os.symlink("/dev/null", os.path.join(directory, "fd", str(fd)))
        if pid >= 1000 + clients:
            continue
        os.symlink("/dev/dri/renderD128", os.path.join(directory, "fd", "9"))
        os.makedirs(os.path.join(directory, "fdinfo"))
        with open(os.path.join(directory, "fdinfo", "9"), "w") as file:
            file.write("pos:\t0\nflags:\t02100002\ndrm-driver:\tamdgpu\ndrm-client-id:\t%d\n"
                       "drm-pdev:\t0000:03:00.0\ndrm-memory-vram:\t261772 KiB\n"
                       "drm-memory-gtt:\t23472 KiB\ndrm-memory-cpu:\t0 KiB\n"
                       "drm-engine-gfx:\t1502184391 ns\ndrm-engine-compute:\t38912 ns\n"
                       "drm-engine-dma:\t48211 ns\n" % pid)


def gpu_clients(bench):
    """Once a second, over a tree in memory: what the kernel itself takes for its files is not in it."""
    for count, whose, limit in ((100, "others'", 300), (100, "the job's", 400),
                                (1000, "others'", 700), (1000, "the job's", 1500)):
        with tempfile.TemporaryDirectory(dir="/dev/shm") as root:
            add_graphics_card(root)
            add_processes(root, count, 1000)
            job = range(1000, 1000 + count) if whose == "the job's" else ()
            used, listed = bench.output(bench.program("gpu_clients"), root, "100", *map(str, job))
        yield Row("GPU open in %d processes, %s, 1000 more: a reading" % (count, whose), "us",
                  int(used) / 1e3, limit, note="%s listed" % listed)


from remote_rows import remote_windows  # noqa: E402  its rows are of the kind above

GROUPS = [ticks, group_ticks, crowded, many_devices, gpu_processes, gpu_clients, kilohertz,
          share_of_a_core, start_up, memory, commits, year, long_run, kills, children_seen, sub_tick, look_up,
          remote_windows]
