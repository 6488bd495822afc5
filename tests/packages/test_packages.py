# SPDX-License-Identifier: Apache-2.0
"""test_packages.py - Debian packages built, looked at by lintian and blhc, installed in a fresh system, used, upgraded, purged

Takes minutes and wants root and the distribution's mirror, so it runs where AICO2_TEST_PACKAGES=yes says so (make test-packages).
AICO2_TEST_PACKAGES_BUILT names a folder of packages that are built already, with their log."""
import glob
import os
import re
import shutil
import subprocess
import tempfile
import unittest

import chroot
import pages

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
VERSION = os.environ["AICO2_VERSION"]
BUILT = os.environ.get("AICO2_TEST_PACKAGES_BUILT")
WANTED = os.environ.get("AICO2_TEST_PACKAGES", "")  # "yes"; "all": built a second time, too, to compare
PACKAGES = {"aico2", "aico2-doc", "aico2-fetch", "aico2-sensord", "aico2-serve", "aico2-top", "libaico2-0", "libaico2-dev", "python3-aico2"}
SLOW = 3600
# Of each command and file format a page; docs/man has the list that is installed.
PAGES = ("1 aico2", "1 aico2-run", "3 libaico2", "5 aico2.yml", "5 aico2-access", "8 aico2-serve", "8 aico2-sensord")
held = None
folder = None


def setUpModule():
    global held, folder
    if not WANTED:
        raise unittest.SkipTest("packages are built by `make test-packages`")
    if not (shutil.which("dpkg-buildpackage") and shutil.which("dh")):
        raise unittest.SkipTest("dpkg-dev or debhelper is not installed")
    held = tempfile.TemporaryDirectory(prefix="aico2-packages-")
    os.chmod(held.name, 0o755)
    folder = BUILT or build(os.path.join(held.name, "packages"))


def tearDownModule():
    if held is not None:
        held.cleanup()


def build(where, *prefix, **environment):
    """The packages, and the log of their making beside them."""
    done = subprocess.run([*prefix, os.path.join(SOURCE, "tools/build_packages.sh"), where], env={**os.environ, **environment},
                          stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, errors="replace",
                          timeout=SLOW, check=False)
    if done.returncode != 0:
        raise AssertionError("\n".join(line[:400] for line in done.stdout.splitlines()[-40:]))
    return where


def read(path):
    with open(path, "rb") as handle:
        return handle.read()


def debs():
    """package -> its file: what `apt install ./build/packages/*.deb` is given."""
    return {os.path.basename(path).partition("_")[0]: path for path in sorted(glob.glob(os.path.join(folder, "*.deb")))}


def field(path, name):
    return subprocess.run(["dpkg-deb", "-f", path, name], stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout.strip()


class Built(unittest.TestCase):
    def test_all_of_them_and_no_debug_symbols(self):
        self.assertEqual(set(debs()), PACKAGES)
        self.assertEqual({field(path, "Version") for path in debs().values()}, {VERSION})

    def test_what_measures_needs_no_network_library(self):
        """Who installs the program alone gets SQLite and libyaml with it, and the broker gets nothing."""
        def libraries(package):
            return set(re.findall(r"\blib[\w.+-]+", field(debs()[package], "Depends")))
        self.assertEqual(libraries("aico2"), {"libc6", "libsqlite3-0", "libyaml-0-2"})
        self.assertEqual(libraries("libaico2-0"), {"libc6", "libsqlite3-0"})
        self.assertEqual(libraries("aico2-sensord"), {"libc6"})

    def test_documents_find_what_they_link(self):
        with tempfile.TemporaryDirectory(dir=held.name) as root:
            subprocess.run(["dpkg-deb", "-x", debs()["aico2-doc"], root], timeout=60, check=True)
            self.assertEqual(pages.dead_links(root + "/usr/share/doc/aico2"), pages.OF_THE_SOURCE)

    @unittest.skipUnless(shutil.which("lintian"), "lintian is not installed")
    def test_lintian_has_no_error_and_no_warning(self):
        changes = glob.glob(os.path.join(folder, "upload/*.changes"))
        self.assertEqual(len(changes), 1)
        done = subprocess.run(["lintian", "--allow-root", "--no-cfg", "--fail-on", "error,warning", "--tag-display-limit", "0",
                               *changes], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              timeout=SLOW, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    @unittest.skipUnless(shutil.which("blhc"), "blhc is not installed")
    def test_every_file_was_compiled_hardened(self):
        done = subprocess.run(["blhc", "--all", "--ignore-flag", "-fPIE", os.path.join(folder, "build.log")], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=SLOW, check=False)
        self.assertEqual((done.returncode, done.stdout[:2000]), (0, ""))

    @unittest.skipUnless(shutil.which("readelf"), "readelf is not installed")
    def test_every_program_stands_anywhere_and_is_bound_at_once(self):
        """What blhc cannot see: it wants -fPIE where programs are linked, too, and Meson says -pie there."""
        for package in ("aico2", "aico2-fetch", "aico2-serve", "aico2-sensord", "aico2-top"):
            with tempfile.TemporaryDirectory(dir=held.name) as root:
                subprocess.run(["dpkg-deb", "-x", debs()[package], root], timeout=60, check=True)
                for path in glob.glob(root + "/usr/bin/*") + glob.glob(root + "/usr/libexec/aico2/*"):
                    flags = subprocess.run(["readelf", "-dW", path], stdout=subprocess.PIPE, text=True, timeout=60, check=True).stdout
                    self.assertRegex(flags, r"\(FLAGS_1\) .*\bNOW\b.*\bPIE\b", path)
                    self.assertNotRegex(flags, r"\((RPATH|RUNPATH)\)", path)


class Again(unittest.TestCase):
    @unittest.skipUnless(WANTED == "all", "built once: AICO2_TEST_PACKAGES=all builds twice")
    def test_another_build_is_the_same_to_the_last_bit(self):
        """In a folder of another name and length, minutes later, by another umask, language and zone."""
        other = os.path.join(held.name, "again")
        scratch = os.path.join(held.name, "scratch_of_another_name")
        os.mkdir(scratch)
        build(other, "sh", "-c", 'umask 0077; exec "$@"', "sh", PACKAGES_SCRATCH=scratch, LC_ALL="C", TZ="Pacific/Auckland")
        names = {os.path.basename(path) for path in debs().values()}
        different = [name for name in sorted(names) if read(os.path.join(folder, name)) != read(os.path.join(other, name))]
        self.assertEqual(different, [])


class Installed(unittest.TestCase):
    """One system, through the life of the packages; the steps stand in their order."""

    @classmethod
    def setUpClass(cls):
        reason = chroot.why_not()
        if reason:
            raise unittest.SkipTest(reason)
        cls.root = chroot.Chroot(os.path.join(held.name, "root"))
        try:
            cls.root.make()
        except (OSError, subprocess.CalledProcessError) as error:
            raise unittest.SkipTest(f"no system can be made here: {(getattr(error, 'stderr', '') or str(error))[-300:]}")
        os.mkdir(cls.root.path("/packages"))
        for path in debs().values():
            shutil.copy(path, cls.root.path("/packages"))
        cls.files = ["/packages/" + os.path.basename(path) for path in debs().values()]

    @classmethod
    def tearDownClass(cls):
        shutil.rmtree(cls.root.root, ignore_errors=True)

    def ok(self, done):
        self.assertEqual(done.returncode, 0, done.stdout[-3000:])
        return done.stdout

    def installed(self):
        done = self.root.run("dpkg-query", "-W", "-f", "${Package} ${db:Status-Abbrev}\n")
        return {line.split()[0]: line.split()[1] for line in done.stdout.splitlines() if line.split()[0] in PACKAGES}

    def test_life(self):
        self.prepare()
        before = self.root.snapshot()
        self.install()
        self.look()
        self.use()
        self.measure()
        self.upgrade()
        kept = {name: what for name, what in self.root.snapshot().items() if name.startswith(("home/", "etc/aico2"))}
        self.remove(before, kept)

    def prepare(self):
        """What they depend on and what looks at them is there before, so that the rest is theirs."""
        shutil.copy(os.path.join(SOURCE, "debian/tests/installed"), self.root.path("/packages/installed"))
        self.ok(self.root.run("useradd", "--create-home", "worker"))
        self.ok(self.root.run("useradd", "--create-home", "other"))
        planned = self.ok(self.root.apt("-s", "install", "--no-install-recommends", *self.files))
        needed = [line.split()[1] for line in planned.splitlines() if line.startswith("Inst ")]
        done = self.root.apt("install", "--no-install-recommends", "gcc", "libc6-dev", "pkg-config", "systemd",
                             *(name for name in needed if name not in PACKAGES))
        if "Failed to fetch" in done.stdout:
            self.skipTest(f"the mirror does not answer: {done.stdout[-300:]}")
        self.ok(done)

    def install(self):
        self.ok(self.root.apt("install", "--no-install-recommends", *self.files))
        self.assertEqual(self.installed(), {package: "ii" for package in PACKAGES})

    def look(self):
        for page in PAGES:
            section, name = page.split()
            self.assertTrue(os.path.exists(self.root.path(f"/usr/share/man/man{section}/{name}.{section}.gz")), page)
        for path in ("bash-completion/completions/aico2", "zsh/vendor-completions/_aico2", "fish/vendor_completions.d/aico2.fish"):
            self.assertTrue(os.path.exists(self.root.path("/usr/share/" + path)), path)
        with open(self.root.path("/etc/group"), encoding="utf-8") as handle:
            groups = dict(re.findall(r"^(aico2[\w-]*):x:\d+:(.*)$", handle.read(), re.MULTILINE))
        self.assertEqual(groups, {"aico2": "", "aico2-raw": ""}, "nobody is in them")
        # nothing runs that was not asked for: the socket waits, the services do not
        wants = {os.path.relpath(path, self.root.path("/etc/systemd/system"))
                 for path in glob.glob(self.root.path("/etc/systemd/system/*.wants/aico2*"))}
        self.assertEqual(wants, {"sockets.target.wants/aico2-sensord.socket"})
        units = ["aico2-sensord.service", "aico2-sensord.socket", "aico2-serve.service", "aico2-serve.socket"]
        said = self.root.run("systemd-analyze", "--man=no", "verify", *units).stdout
        self.assertEqual([line for line in said.splitlines() if "aico2" in line], [])

    def use(self):
        """As an ordinary user, by the test that Debian's own machines would run."""
        said = self.ok(self.root.run("/packages/installed", user="worker"))
        self.assertIn("all is well", said)

    def measure(self):
        """A run of a user's and one of root's: what of them is there."""
        self.ok(self.root.run("aico2", "run", "--name", "mine", "--", "true", user="other"))
        self.ok(self.root.run("aico2", "run", "--name", "roots", "--", "true"))
        self.assertTrue(os.path.exists(self.root.path("/var/lib/aico2/history.db")))
        self.ok(self.root.run("sh", "-c", "mkdir -p /etc/aico2 && echo 'country: FR' >/etc/aico2/aico2.yml"))

    def upgrade(self):
        self.ok(self.root.run("dpkg", "--install", *self.files))
        self.assertEqual(self.installed(), {package: "ii" for package in PACKAGES})
        self.assertIn("roots", self.ok(self.root.run("aico2", "runs")))
        self.assertIn("mine", self.ok(self.root.run("aico2", "runs", user="other")))

    def remove(self, before, kept):
        self.ok(self.root.apt("remove", *PACKAGES))
        self.assertTrue(os.path.exists(self.root.path("/var/lib/aico2/history.db")), "a removal keeps what was measured")
        self.ok(self.root.run("dpkg", "--purge", *PACKAGES))
        self.assertEqual(self.installed(), {})
        after = self.root.snapshot()
        self.assertEqual({name: after.get(name) for name in kept}, kept, "users' and administrators' files are theirs")
        changed = {name for name in set(before) | set(after) if before.get(name) != after.get(name)} - set(kept)
        # Debian's system groups stay: an administrator has put users into them
        self.assertEqual(changed, {"etc/group", "etc/gshadow"})
        self.assertEqual(glob.glob(self.root.path("/var/lib/dpkg/info/*aico2*")), [])
        self.assertEqual(glob.glob(self.root.path("/var/lib/systemd/deb-systemd-*/**/*aico2*"), recursive=True), [])


if __name__ == "__main__":
    unittest.main(verbosity=2)  # what is skipped is told with its reason
