# SPDX-License-Identifier: Apache-2.0
"""test_ends.py - however the interpreter ends, the run is in the history; forks and spawned processes do no harm"""
import json
import os
import signal
import subprocess
import sys
import time

import pytest

from conftest import SLOW

PROGRAM = os.environ.get("AICO2_PROGRAM")
needs_program = pytest.mark.skipif(not PROGRAM, reason="the program aico2 is not built here")


def runs():
    """As `aico2 runs` tells them, newest first; what has died is recovered before."""
    subprocess.run([PROGRAM, "recover"], stdin=subprocess.DEVNULL, capture_output=True, timeout=SLOW, check=False)
    done = subprocess.run([PROGRAM, "runs", "--json"], stdin=subprocess.DEVNULL, capture_output=True, timeout=SLOW, check=True)
    return json.loads(done.stdout)["runs"]


def states():
    return [(run["name"], run["state"]) for run in runs()]


@needs_program
def test_an_exit_without_stop(script):
    done = script("import aico2\naico2.Tracker('lost').start()\n")
    assert (done.returncode, done.stderr) == (0, "")
    assert states() == [("lost", "finished")]


@needs_program
def test_an_uncaught_exception_without_stop(script):
    done = script("import aico2\naico2.Tracker('broken').start()\n1 / 0\n")
    assert done.returncode == 1 and "ZeroDivisionError" in done.stderr
    assert states() == [("broken", "failed")]


@needs_program
def test_an_exit_within_the_block(script):
    done = script("import aico2, sys\nwith aico2.Tracker('block'):\n    sys.exit(3)\n")
    assert done.returncode == 3
    assert states() == [("block", "failed")]


@needs_program
@pytest.mark.parametrize("end", ["os._exit(4)", "os.kill(os.getpid(), signal.SIGKILL)", "os.abort()"])
def test_an_end_without_a_word(script, end):
    done = script("import aico2, os, signal, time, resource\nresource.setrlimit(resource.RLIMIT_CORE, (0, 0))\n"
                  "import sqlite3\naico2.Tracker('gone', interval=0.1).start()\n"
                  "def stored():  # seconds, which a busy machine stores later\n"
                  "    try:\n"
                  "        with sqlite3.connect(f'file:{os.environ[\"AICO2_DB\"]}?mode=ro', uri=True, timeout=60) as history:\n"
                  "            return history.execute('SELECT max(end_wall_ns) / 1e9 - min(end_wall_ns / 1e9 - interval_seconds) FROM samples').fetchone()[0] or 0\n"
                  "    except sqlite3.OperationalError:\n"
                  "        return 0\n"
                  "begin = time.monotonic()\n"
                  f"while time.monotonic() < begin + 2.5 or stored() < 1:\n    time.sleep(0.05)\n{end}\n")
    assert done.returncode != 0
    [run] = runs()
    assert (run["name"], run["state"]) == ("gone", "recovered")
    assert run["duration_seconds"] >= 1


@needs_program
def test_ctrl_c_within_the_block(home):
    path = home / "script.py"
    path.write_text("import aico2, time\nwith aico2.Tracker('typed'):\n    print('on', flush=True)\n    time.sleep(60)\n")
    child = subprocess.Popen([sys.executable, str(path)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    assert child.stdout.readline() == b"on\n"
    child.send_signal(signal.SIGINT)
    _, err = child.communicate(timeout=SLOW)
    assert b"KeyboardInterrupt" in err and child.returncode == -signal.SIGINT
    assert states() == [("typed", "failed")]


def test_signals_are_left_alone(script):
    done = script("import aico2, signal\nbefore = [signal.getsignal(n) for n in range(1, 32)]\n"
                  "mask = signal.pthread_sigmask(signal.SIG_BLOCK, [])\n"
                  "with aico2.Tracker():\n    inside = [signal.getsignal(n) for n in range(1, 32)]\n"
                  "    assert signal.pthread_sigmask(signal.SIG_BLOCK, []) == mask\n"
                  "assert inside == before\n")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@needs_program
def test_a_fork_is_no_second_run(script):
    """A child that leaves the block, ends tasks and exits in the ordinary way disturbs nothing of the parent's."""
    done = script("""
import aico2, os, sys, time, warnings
warnings.simplefilter('ignore', DeprecationWarning)  # of Python 3.12 on: fork with any thread at all
with aico2.Tracker('parent', interval=0.05) as tracker:
    time.sleep(0.3)
    task = tracker.task('before').begin()
    child = os.fork()
    if child == 0:
        assert not tracker.running
        task.end()
        assert task.figures is None
        with tracker.task('in the child') as other:
            pass
        assert other.figures is None and tracker.peek() is None and tracker.budget() is None
        assert tracker.stop() is None
        try:
            tracker.start()
        except RuntimeError as error:
            assert 'parent' in str(error)
        with aico2.Tracker('follower') as other:
            time.sleep(0.1)
        assert other.run_id == tracker.run_id, 'its work is in the run of its parent'
        assert other.report.measured_by == os.getppid(), 'and counted once'
        with aico2.Tracker('child', alone=True):
            time.sleep(0.1)
        sys.exit(0)
    assert os.waitpid(child, 0)[1] == 0
    task.end()
assert tracker.report.state == 'finished'
assert [t.name for t in tracker.report.tasks if t.name] == ['before']
""")
    assert (done.returncode, done.stderr) == (0, "")
    assert sorted(states()) == [("child", "finished"), ("parent", "finished")]


@needs_program
@pytest.mark.parametrize("method", ["fork", "spawn", "forkserver"])
def test_workers_of_multiprocessing_are_the_jobs(script, method):
    """Four workers of 0.3 s CPU each, waited for: their time is the run's."""
    done = script(f"""
import multiprocessing, time

def burn(_):
    end = time.process_time() + 0.3
    while time.process_time() < end:
        pass
    return 1

if __name__ == '__main__':
    import aico2
    context = multiprocessing.get_context('{method}')
    with aico2.Tracker('workers', interval=0.1) as tracker:
        with context.Pool(2) as pool:
            assert sum(pool.map(burn, range(4), chunksize=1)) == 4
            pool.close()
            pool.join()
        if '{method}' == 'forkserver':
            multiprocessing.forkserver._forkserver._stop()
    print(tracker.report.cpu_seconds)
""")
    assert (done.returncode, done.stderr) == (0, "")
    assert float(done.stdout) >= 1.2
    assert states() == [("workers", "finished")]


def test_the_gil_delays_no_reading(script):
    """One call into C that never lets go of the GIL for about a second: the library's thread goes on all the same."""
    done = script("""
import aico2, time
with aico2.Tracker(interval=0.02) as tracker:
    end = time.monotonic() + 1
    n = 200_000
    while time.monotonic() < end:
        pow(7, n, 10**20000)
        n *= 2
print(tracker.report['overhead']['late_ticks'], max(device.samples for device in tracker.report.devices),
      tracker.report.duration_seconds)
""", timeout=120)
    assert done.returncode == 0, done.stderr
    late, samples, seconds = done.stdout.split()
    assert int(samples) + int(late) >= float(seconds) / 0.02 * 0.5
    assert int(samples) >= 10, "with the GIL it would be two or three"


def test_nothing_is_printed_and_no_descriptor_is_inherited(script):
    done = script("""
import aico2, os, subprocess, sys
def names():
    return set(os.listdir('/proc/self/fd'))
with aico2.Tracker():
    out = subprocess.run([sys.executable, '-c', 'import os; print(len(os.listdir("/proc/self/fd")))'],
                         close_fds=False, capture_output=True, text=True)
plain = subprocess.run([sys.executable, '-c', 'import os; print(len(os.listdir("/proc/self/fd")))'],
                       close_fds=False, capture_output=True, text=True)
assert out.stdout == plain.stdout, (out, plain)
""")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_a_thread_that_still_works_at_the_end(script):
    done = script("import aico2, threading, time\ntracker = aico2.Tracker('t').start()\n"
                  "threading.Thread(target=lambda: (time.sleep(0.3), tracker.task('late').begin().end())).start()\n")
    assert (done.returncode, done.stderr) == (0, "")


def test_many_trackers_leave_nothing_behind(script):
    """Descriptors, threads and memory of a hundred runs are those of one."""
    done = script("""
import aico2, os, time
def count():
    return len(os.listdir('/proc/self/fd')), len(os.listdir('/proc/self/task'))
def settled():  # a thread that was joined stands in /proc for a moment yet
    end = time.monotonic() + 30
    while count()[1] > 1 and time.monotonic() < end:
        time.sleep(0.01)
    return count()
for _ in range(3):
    with aico2.Tracker(history=False): pass
before = settled()
for _ in range(100):
    with aico2.Tracker(history=False): pass
assert settled() == before and before[1] == 1, (settled(), before)
""", timeout=120)
    assert (done.returncode, done.stderr) == (0, "")
