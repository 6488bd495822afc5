# SPDX-License-Identifier: Apache-2.0
"""test_rpm.py - contrib/rpm/aico2.spec by rpmbuild: every file in one package, looked at by rpmlint, unpacked and used

Debian has no database of rpm's and none of Fedora's macro packages: what is built with is not asked for (--nodeps), the macros are
those of fedora.macros. Minutes of building, so it runs where AICO2_TEST_PACKAGES says that packages are tested; AICO2_TEST_RPMS names a
folder of such that are built already."""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import pages

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
VERSION = os.environ["AICO2_VERSION"]
BUILT = os.environ.get("AICO2_TEST_RPMS")
WANTED = os.environ.get("AICO2_TEST_PACKAGES") or BUILT
PACKAGES = {"aico2", "aico2-devel", "aico2-doc", "aico2-fetch", "aico2-libs", "aico2-sensord", "aico2-serve", "aico2-top", "python3-aico2"}
# The distribution's own programs, whatever stands before them in the PATH: Meson asks its Python where modules go.
ENVIRONMENT = {**{name: value for name, value in os.environ.items() if not name.startswith(("PYTHON", "AICO2_"))}, "PATH": "/usr/bin:/bin"}
SITELIB = ("import sysconfig as s; print(s.get_path('purelib', 'deb_system' if 'deb_system' in s.get_scheme_names() else 'posix_prefix', "
           "{'base': '/usr'}))")
SLOW = 7000


def run(*words, **more):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          timeout=SLOW, check=False, **more)


def build(folder):
    """Out of what git has, uncommitted changes too, as a source package is made."""
    os.makedirs(os.path.join(folder, "SOURCES"))
    archive = os.path.join(folder, "SOURCES", f"aico2-{VERSION}.tar.gz")
    listed = subprocess.run(["git", "-C", SOURCE, "ls-files", "-z"], stdout=subprocess.PIPE, check=True, timeout=60)
    subprocess.run(["tar", "-C", SOURCE, "-czf", archive, "--null", "--files-from=-", f"--transform=s,^,aico2-{VERSION}/,"], input=listed.stdout,
                   check=True, timeout=600)
    sitelib = run("/usr/bin/python3", "-c", SITELIB).stdout.strip()
    done = run("rpmbuild", "-ba", "--nodeps", "--load", os.path.join(HERE, "fedora.macros"), "--define",
               f"python3_sitelib {sitelib}", "--define", f"_topdir {folder}", os.path.join(SOURCE, "contrib/rpm/aico2.spec"), env=ENVIRONMENT)
    if done.returncode != 0:
        raise AssertionError(done.stdout[-3000:])
    if not re.search(r"^Ok: +[1-9]", done.stdout, re.MULTILINE):
        raise AssertionError("%check has run no test: " + done.stdout[-3000:])
    return os.path.join(folder, "RPMS")


class Rpms(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        if not WANTED:
            raise unittest.SkipTest("packages are built by `make test-packages`")
        for command in ("rpmbuild", "rpm2cpio", "cpio", "git"):
            if not shutil.which(command):
                raise unittest.SkipTest(f"{command} is not installed")
        held = tempfile.TemporaryDirectory(prefix="aico2-rpm-")
        cls.addClassCleanup(held.cleanup)
        folder = BUILT or build(os.path.join(held.name, "rpmbuild"))
        cls.paths = sorted(glob.glob(os.path.join(folder, "*", f"*-{VERSION}-*.rpm")))
        cls.root = os.path.join(held.name, "root")
        os.mkdir(cls.root)
        for path in cls.paths:
            subprocess.run(["sh", "-c", 'rpm2cpio "$0" | cpio --quiet -idm', path], cwd=cls.root, check=True, timeout=600)

    def query(self, package, what):
        [path] = [path for path in self.paths if re.fullmatch(rf"{package}-{re.escape(VERSION)}-[^-]+\.rpm", os.path.basename(path))]
        done = subprocess.run(["rpm", "-qp", what, path], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True, timeout=60)
        return done.stdout.splitlines()

    def test_all_of_them_and_none_of_debug_symbols_alone(self):
        names = {os.path.basename(path).rsplit("-", 2)[0] for path in self.paths}
        self.assertEqual({name for name in names if not name.endswith(("-debuginfo", "-debugsource"))}, PACKAGES)

    def test_what_measures_needs_no_network_library(self):
        def libraries(package):
            found = (re.match(r"(lib[\w+-]+?)(-\d+)?\.so", line) for line in self.query(package, "--requires"))
            return {match.group(1) for match in found if match} - {"libc", "libm"}
        self.assertEqual(libraries("aico2"), {"libsqlite3", "libyaml"})
        self.assertEqual(libraries("aico2-libs"), {"libsqlite3"})
        self.assertEqual(libraries("aico2-sensord"), set())

    @unittest.skipUnless(shutil.which("rpmlint"), "rpmlint is not installed")
    def test_rpmlint_has_no_error_and_no_warning(self):
        done = run("rpmlint", "--config", os.path.join(HERE, "rpmlint.toml"), *self.paths)
        self.assertIn("0 errors, 0 warnings", done.stdout)

    def test_documents_find_what_they_link_and_examples_are_there(self):
        documents = os.path.join(self.root, "usr/share/doc/aico2")
        self.assertEqual(pages.dead_links(documents), pages.OF_THE_SOURCE)
        for example in ("train_digits.c", "session_train.c", "train_torch.py", "python"):
            self.assertTrue(os.path.exists(os.path.join(documents, "examples", example)), example)

    def test_it_runs_where_it_was_unpacked(self):
        with tempfile.TemporaryDirectory() as home:
            environment = {"PATH": "/usr/bin:/bin", "HOME": home, "LC_ALL": "C.UTF-8"}
            done = run(os.path.join(self.root, "usr/bin/aico2"), "run", "--json", "-o", "report.json", "--", "true", cwd=home, env=environment)
            self.assertEqual(done.returncode, 0, done.stdout)
            self.assertTrue(os.path.getsize(os.path.join(home, "report.json")))
            [site] = glob.glob(os.path.join(self.root, "usr/lib/python3*/*-packages"))
            [library] = glob.glob(os.path.join(self.root, "usr/lib*/libaico2.so.0"))
            done = run("/usr/bin/python3", "-c", "import aico2, AI_Co2_Calculator; print(aico2.__version__)", cwd=home,
                       env={**environment, "PYTHONPATH": site, "AICO2_LIBRARY": library})
            self.assertEqual(done.stdout, VERSION + "\n")
            for name in ("fetch", "serve", "sensord", "top", "stack"):
                self.assertTrue(os.access(os.path.join(self.root, "usr/libexec/aico2/aico2-" + name), os.X_OK), name)


if __name__ == "__main__":
    unittest.main(verbosity=2)  # what is skipped is told with its reason
