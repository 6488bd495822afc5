# SPDX-License-Identifier: Apache-2.0
"""test_linters.py - others' judges of what is no code: licences, bills of materials, Containerfile, manifests, YAML, the spec

Those of PyPI are installed by linters.py; where the package index cannot be reached their tests are skipped and say so. None of them
asks a network when it judges."""
import glob
import json
import os
import re
import shutil
import tempfile
import unittest

from linters import install, run

HERE = os.path.dirname(os.path.abspath(__file__))
SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
BUILD = os.environ["AICO2_BUILD_ROOT"]
VERSION = os.environ["AICO2_VERSION"]


class Judged(unittest.TestCase):
    """By programs of PyPI."""

    @classmethod
    def setUpClass(cls):
        cls.bin, why = install()
        if cls.bin is None:
            raise unittest.SkipTest(f"the linters cannot be installed: {why}")

    def judge(self, name, *words, **more):
        return run(os.path.join(self.bin, name), *words, **more)

    def good(self, done):
        self.assertEqual(done.returncode, 0, done.stdout[-3000:])

    @unittest.skipUnless(os.path.exists(os.path.join(SOURCE, ".git")), "no git: what is built would be judged, too")
    def test_every_file_has_a_licence_and_an_owner(self):
        self.good(self.judge("reuse", "--root", SOURCE, "lint"))

    def test_the_containerfile(self):
        """Not asked for: versions of packages. Debian's stable release keeps them, and its updates mend them."""
        path = os.path.join(SOURCE, "contrib/container/Containerfile")
        self.good(self.judge("hadolint", "--ignore", "DL3008", path))
        with tempfile.TemporaryDirectory() as folder:
            with open(path, encoding="utf-8") as handle, open(os.path.join(folder, "Containerfile"), "w", encoding="utf-8") as bad:
                bad.write(handle.read().replace("--no-install-recommends ", ""))
            self.assertIn("DL3015", self.judge("hadolint", "--ignore", "DL3008", bad.name).stdout)

    def test_the_manifests_fit_the_schemas_of_kubernetes(self):
        """Strictly: a field that the API does not know is an error. ServiceMonitor and Kustomization are others' kinds."""
        paths = [path for path in glob.glob(os.path.join(SOURCE, "contrib/kubernetes/base/*.yaml")) if "kustomization" not in path]
        self.assertGreater(len(paths), 4)
        python = os.path.join(self.bin, "python")
        for version in ("1.25.0", "1.34.0"):  # from the oldest to the newest that it has
            self.good(run(python, "-m", "kubernetes_validate", "--strict", "--quiet", "-k", version, *paths))
        with tempfile.NamedTemporaryFile("w", suffix=".yaml") as bad:
            with open(os.path.join(SOURCE, "contrib/kubernetes/base/daemonset.yaml"), encoding="utf-8") as handle:
                bad.write(handle.read().replace("hostNetwork:", "hostNetworks:"))
            bad.flush()
            self.assertNotEqual(run(python, "-m", "kubernetes_validate", "--strict", "-k", "1.34.0", bad.name).returncode, 0)

    def test_the_bills_of_materials_are_valid(self):
        self.good(self.judge("pyspdxtools", "-i", os.path.join(BUILD, "docs/sbom/aico2.spdx.json")))
        script = ("import sys; from cyclonedx.schema import SchemaVersion; from cyclonedx.validation.json import JsonStrictValidator\n"
                  "wrong = JsonStrictValidator(SchemaVersion.V1_5).validate_str(open(sys.argv[1]).read()); sys.exit(str(wrong) if wrong else 0)")
        self.good(run(os.path.join(self.bin, "python"), "-c", script, os.path.join(BUILD, "docs/sbom/aico2.cdx.json")))


class Bills(unittest.TestCase):
    def test_what_is_linked_and_what_is_in_the_page_is_in_both(self):
        with open(os.path.join(BUILD, "docs/sbom/aico2.spdx.json"), encoding="utf-8") as handle:
            spdx = {part["name"]: part["versionInfo"] for part in json.load(handle)["packages"]}
        with open(os.path.join(BUILD, "docs/sbom/aico2.cdx.json"), encoding="utf-8") as handle:
            cyclonedx = {part["name"]: part["version"] for part in json.load(handle)["components"]}
        self.assertEqual(spdx.pop("AI_Co2_Calculator"), VERSION)
        self.assertEqual(spdx, cyclonedx)
        with open(os.path.join(SOURCE, "web/THIRD_PARTY.md"), encoding="utf-8") as handle:
            page = re.findall(r"^## (\S+) [\d.]+$", handle.read(), re.MULTILINE)
        self.assertEqual(sorted(page), ["preact", "uPlot", "world-atlas"])
        self.assertLessEqual({name.lower() for name in page} | {"sqlite", "libyaml"}, set(spdx))


class Local(unittest.TestCase):
    """By programs of the distribution."""

    @unittest.skipUnless(shutil.which("yamllint"), "yamllint is not installed")
    def test_yaml(self):
        rules = "{extends: default, rules: {line-length: {max: 180}, document-start: disable, comments: {min-spaces-from-content: 1}}}"
        done = run("yamllint", "--strict", "-f", "parsable", "-d", rules, os.path.join(SOURCE, "contrib"))
        self.assertEqual((done.returncode, done.stdout), (0, ""))

    @unittest.skipUnless(shutil.which("rpmlint"), "rpmlint is not installed")
    def test_the_spec_is_as_rpmlint_wants_it(self):
        done = run("rpmlint", "--config", os.path.join(HERE, "rpmlint.toml"), os.path.join(SOURCE, "contrib/rpm/aico2.spec"))
        self.assertIn("0 errors, 0 warnings", done.stdout)

    @unittest.skipUnless(shutil.which("rpmspec"), "rpm is not installed")
    def test_the_spec_parses_and_has_the_packages_of_debian(self):
        spec = os.path.join(SOURCE, "contrib/rpm/aico2.spec")
        done = run("rpmspec", "--load", os.path.join(HERE, "fedora.macros"), "--define", "python3_sitelib /usr/lib/python3/site-packages",
                   "-q", "--qf", "%{name} %{version}\n", spec)
        self.assertEqual(done.returncode, 0, done.stdout)
        packages = dict(line.split() for line in done.stdout.splitlines() if re.fullmatch(r"\S+ [\d.]+", line))
        self.assertEqual(packages, {name: VERSION for name in ("aico2", "aico2-devel", "aico2-doc", "aico2-fetch", "aico2-libs",
                                                               "aico2-sensord", "aico2-serve", "aico2-top", "python3-aico2")})


if __name__ == "__main__":
    unittest.main(verbosity=2)  # what is skipped is told with its reason
