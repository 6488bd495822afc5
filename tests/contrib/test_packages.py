# SPDX-License-Identifier: Apache-2.0
"""test_packages.py - what is installed is in a package: the lists of debian/ and of the spec against an installation. None is built."""
import fnmatch
import glob
import json
import os
import re
import subprocess
import sys
import tempfile
import unittest

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
BUILD = os.environ["AICO2_BUILD_ROOT"]
DEBIAN = os.path.join(SOURCE, "debian")
SPEC = os.path.join(SOURCE, "contrib/rpm/aico2.spec")
# Below the prefix: where Debian has them, and what stands for it in the spec.
MOVED = {"share/zsh/site-functions/_aico2": "share/zsh/vendor-completions/_aico2"}
FOLDERS = {"_bindir": "bin", "_libexecdir": "libexec", "_datadir": "share", "_mandir": "share/man", "_libdir": "lib/*",
           "_includedir": "include", "_unitdir": "lib/systemd/system", "_userunitdir": "lib/systemd/user",
           "_sysusersdir": "lib/sysusers.d", "_docdir": "share/doc", "python3_sitelib": "lib/python3*/*-packages",
           "name": "aico2", "version": "*"}
PROGRAMS = {"aico2-fetch", "aico2-sensord", "aico2-serve", "aico2-stack", "aico2-top"}
OTHERWISE = ("lib/python3", "share/doc/")  # what Meson installs only when it is asked to, and what the spec copies


def read(path):
    with open(path, encoding="utf-8") as handle:
        return handle.read()


def installed():
    """All files of `meson install`, below the prefix; links are files."""
    with open(os.path.join(BUILD, "meson-info/intro-buildoptions.json"), encoding="utf-8") as handle:
        prefix = next(row["value"] for row in json.load(handle) if row["name"] == "prefix")
    with tempfile.TemporaryDirectory(prefix="aico2-packages-") as folder:
        subprocess.run(["meson", "install", "-C", BUILD, "--no-rebuild", "--quiet", "--destdir", folder],
                       stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, timeout=60, check=True)
        root = os.path.join(folder, prefix.strip("/"))
        return {os.path.relpath(os.path.join(place, name), root) for place, _, names in os.walk(root) for name in names}


def debian_lists():
    """package -> the patterns that it installs, below /usr or of the source."""
    lists = {}
    for path in glob.glob(os.path.join(DEBIAN, "*.install")):
        lines = [line.split() for line in read(path).splitlines() if line]
        lists[os.path.basename(path)[:-len(".install")]] = [words[0] for words in lines]
    return lists


def spec_lists():
    """package -> the patterns of its %files."""
    lists = {}
    for found in re.finditer(r"^%files(?: (?:-n )?(\S+))?\n(.*?)(?=^%files|^%changelog)", read(SPEC), re.MULTILINE | re.DOTALL):
        lines = [line.removeprefix("%pycached ") for line in found.group(2).splitlines()
                 if line and not line.startswith(("%license", "%dir"))]
        for name, folder in FOLDERS.items():
            lines = [line.replace("%{" + name + "}", folder) for line in lines]
        lists[found.group(1) or ""] = lines
    return lists


def fits(name, pattern):
    return fnmatch.fnmatch(name, pattern) or fnmatch.fnmatch(name, pattern.rstrip("/") + "/*")


def owners(name, lists):
    return [package for package, patterns in lists.items() if any(fits(name, pattern) for pattern in patterns)]


class Lists(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.files = installed()

    def check(self, files, lists, elsewhere):
        built = {os.path.basename(name) for name in self.files if name.startswith("libexec/")}
        if built < PROGRAMS:
            self.skipTest(f"not built here: {', '.join(sorted(PROGRAMS - built))}")
        wrong = {name: owners(name, lists) for name in files if len(owners(name, lists)) != 1}
        self.assertEqual(wrong, {}, "each file is in one package")
        unused = [pattern for patterns in lists.values() for pattern in patterns
                  if not pattern.startswith(elsewhere) and not any(fits(name, pattern) for name in files)]
        self.assertEqual(unused, [], "each pattern has a file")

    def test_debian_has_every_file_once(self):
        lists = {package: [pattern.removeprefix("usr/") for pattern in patterns if pattern.startswith("usr/")]
                 for package, patterns in debian_lists().items()}
        units = {name for name in self.files if name.startswith("lib/systemd/system/")}
        self.check({MOVED.get(name, name) for name in self.files - units}, lists, OTHERWISE)
        # debhelper installs them itself, by the package that their name begins with
        named = {os.path.basename(name) for name in units}
        self.assertEqual({os.path.basename(line) for line in read(os.path.join(DEBIAN, "clean")).split()}, named)
        self.assertLessEqual({name.partition(".")[0] for name in named}, set(lists))

    def test_the_spec_has_every_file_once(self):
        self.check(self.files, spec_lists(), OTHERWISE)

    def test_a_file_of_no_package_would_be_seen(self):
        self.assertEqual(owners("libexec/aico2/aico2-new", {"aico2": ["libexec/aico2/aico2-stack"]}), [])
        self.assertEqual(owners("share/man/man1/x.1", {"a": ["share/man/man1"], "b": ["share/man/*/x.1"]}), ["a", "b"])


class Debian(unittest.TestCase):
    def test_what_is_taken_from_the_source_is_there(self):
        for package, patterns in debian_lists().items():
            for pattern in patterns:
                if not pattern.startswith("usr/"):
                    self.assertTrue(glob.glob(os.path.join(SOURCE, pattern)), f"{package}: {pattern}")
        for name in read(os.path.join(DEBIAN, "aico2-doc.examples")).split():
            self.assertTrue(os.path.exists(os.path.join(SOURCE, name)), name)

    def test_every_page_of_the_documentation_is_in_the_package(self):
        patterns = debian_lists()["aico2-doc"]
        pages = glob.glob(os.path.join(SOURCE, "*.md")) + glob.glob(os.path.join(SOURCE, "docs/**/*.md"), recursive=True)
        missing = [page for page in (os.path.relpath(path, SOURCE) for path in pages)
                   if not any(fnmatch.fnmatch(page, pattern) and page.count("/") == pattern.count("/") for pattern in patterns)]
        self.assertEqual(missing, [])

    def test_every_package_has_a_list_and_every_list_a_package(self):
        packages = re.findall(r"^Package: (\S+)$", read(os.path.join(DEBIAN, "control")), re.MULTILINE)
        self.assertEqual(sorted(packages), sorted(debian_lists()))

    def test_a_library_that_is_looked_for_is_a_build_dependency(self):
        """By the table of tools/install_deps.sh, which has the name of each on Debian."""
        names = set()
        for path in glob.glob(os.path.join(SOURCE, "src/**/meson.build"), recursive=True) + [os.path.join(SOURCE, "meson.build")]:
            names |= set(re.findall(r"= dependency\('([^']+)'", read(path)))
        names -= {"threads"}
        table = dict(re.findall(r"^    apt-get:(\S+)\) echo (\S+-dev) ;;$", read(os.path.join(SOURCE, "tools/install_deps.sh")),
                                re.MULTILINE))
        wanted = set(re.findall(r"^ (lib\S+-dev|zlib1g-dev)\b", read(os.path.join(DEBIAN, "control")), re.MULTILINE))
        self.assertGreater(len(names), 5)
        self.assertEqual({name for name in names if table.get(name) not in wanted}, set())


class Version(unittest.TestCase):
    def test_it_is_the_same_everywhere(self):
        done = subprocess.run([sys.executable, os.path.join(SOURCE, "tools/set_version.py"), "--check"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, text=True, timeout=60, check=False)
        self.assertEqual((done.returncode, done.stdout), (0, ""))


if __name__ == "__main__":
    unittest.main()
