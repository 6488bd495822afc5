# SPDX-License-Identifier: Apache-2.0
"""test_aarch64_wheel.py - the wheel for aarch64: cross-built, loaded by Debian's Python for arm64 under qemu, and used

Wants the cross compiler, qemu-user, the distribution's mirror and the package index (tools/install_deps.sh aarch64), and some minutes:
run by `make test-packages`. AICO2_TEST_AARCH64_WHEEL names a wheel that is built already."""
import glob
import json
import os
import shutil
import subprocess
import sys
import tempfile
import unittest
import zipfile

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
VERSION = os.environ["AICO2_VERSION"]
BUILT = os.environ.get("AICO2_TEST_AARCH64_WHEEL")
WANTED = os.environ.get("AICO2_TEST_PACKAGES", "") or BUILT
SLOW = 3600
NOT_TO_BE_HAD = "No matching distribution found for meson-python"

LOOP = """
import json, platform, sys
import aico2

with aico2.Tracker("loop", country="FR", interval=0.05) as tracker:
    with tracker.task("one"):
        total = sum(i * i for i in range(300_000))
report = tracker.report
print(json.dumps({
    "machine": platform.machine(), "version": aico2.__version__, "state": report.state, "place": report.place,
    "tasks": [task.name for task in report.tasks if task.name], "cpu_seconds": report.cpu_seconds,
    "energy_joules": report.energy_joules, "text": report.to_text(), "stored": aico2.load_report("last").run_id == report.run_id,
    "library": [line.split()[-1] for line in open("/proc/self/maps") if "libaico2" in line][0],
}))
"""


def run(*words, **more):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          timeout=SLOW, check=False, **more)


def wheel_in(folder):
    """What tools/build_wheel.sh makes, or why there is none."""
    done = run(os.path.join(SOURCE, "tools/build_wheel.sh"), "--aarch64", folder)
    if NOT_TO_BE_HAD in done.stdout:
        raise unittest.SkipTest(NOT_TO_BE_HAD)
    if done.returncode != 0:
        raise AssertionError(done.stdout[-3000:])
    [path] = glob.glob(os.path.join(folder, "*.whl"))
    return path


class Wheel(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not WANTED:
            raise unittest.SkipTest("it is built by `make test-packages`")
        for command in ("qemu-aarch64", "aarch64-linux-gnu-gcc", "apt-get", "dpkg-deb"):
            if not shutil.which(command):
                raise unittest.SkipTest(f"{command} is not installed (tools/install_deps.sh aarch64)")
        cls.held = tempfile.TemporaryDirectory(prefix="aico2-aarch64-wheel-")
        cls.addClassCleanup(cls.held.cleanup)
        where = cls.held.name
        cls.root = os.path.join(where, "arm64", "root")
        # The distribution's own Python has the version that its mirror has for arm64, too.
        python = os.path.basename(os.path.realpath("/usr/bin/python3"))
        done = run(os.path.join(SOURCE, "tools/build_aarch64.sh"), os.path.join(where, "arm64"), "root", f"{python}-minimal", f"lib{python}-stdlib")
        if os.path.exists(os.path.join(where, "arm64", "skipped")):
            raise unittest.SkipTest(done.stdout.strip())
        if done.returncode != 0:
            raise AssertionError(done.stdout[-3000:])
        cls.python = ["qemu-aarch64", "-L", cls.root, os.path.join(cls.root, "usr/bin", python)]
        cls.wheel = BUILT or wheel_in(os.path.join(where, "dist"))
        # A wheel is unpacked by pip; what it has for every Python goes into the folder of packages, the rest beside it.
        cls.site = os.path.join(where, "site")
        done = run(sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--platform", "linux_aarch64", "--only-binary",
                   ":all:", "--target", cls.site, cls.wheel)
        if done.returncode != 0:
            raise AssertionError(done.stdout)

    def emulated(self, *words):
        with tempfile.TemporaryDirectory() as home:
            return run(*self.python, *words, cwd=home, env={"PATH": "/usr/bin:/bin", "HOME": home, "LC_ALL": "C.UTF-8",
                                                            "PYTHONPATH": self.site, "PYTHONDONTWRITEBYTECODE": "1"})

    def test_its_name_says_for_whom_it_is(self):
        self.assertEqual(os.path.basename(self.wheel), f"aico2-{VERSION}-py3-none-linux_aarch64.whl")
        with zipfile.ZipFile(self.wheel) as archive:
            library = archive.read(".aico2.mesonpy.libs/aico2/libaico2.so")
        self.assertEqual((library[:4], int.from_bytes(library[18:20], "little")), (b"\x7fELF", 183), "EM_AARCH64")

    def test_a_loop_is_measured_and_stored(self):
        done = self.emulated("-c", LOOP)
        self.assertEqual(done.returncode, 0, done.stdout)
        said = json.loads(done.stdout.splitlines()[-1])
        self.assertEqual((said["machine"], said["version"], said["state"], said["place"]), ("aarch64", VERSION, "finished", "FR"))
        self.assertEqual(said["library"], os.path.join(self.site, ".aico2.mesonpy.libs/aico2/libaico2.so"))
        self.assertEqual(said["tasks"], ["one"])
        self.assertTrue(said["stored"])
        self.assertGreater(said["cpu_seconds"], 0)
        self.assertIn("loop", said["text"])

    def test_its_other_modules_load(self):
        done = self.emulated("-c", "import AI_Co2_Calculator_arm, aico2.compat.codecarbon\nfrom aico2.integrations import tensorboard, model_card")
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    def test_a_figure_without_hardware_is_the_one_of_this_machine(self):
        script = "import aico2; print(aico2.intensity('FR').gco2e_per_kwh)"
        done = self.emulated("-c", script)
        self.assertEqual((done.returncode, done.stdout), (0, "44.18\n"))


if __name__ == "__main__":
    unittest.main(verbosity=2)  # what is skipped is told with its reason
