# SPDX-License-Identifier: Apache-2.0
"""test_bundle.py - web/dist is what web/src makes: built anew where node and web/node_modules are, else skipped."""
import json
import os
import shutil
import subprocess
import tempfile
import unittest

WEB = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "..", "web")


def why_not():
    if shutil.which("node") is None:
        return "node is not here: tools/install_deps.sh web"
    if not os.path.isdir(os.path.join(WEB, "node_modules", "esbuild")):
        return "web/node_modules is not here: tools/install_deps.sh web"
    return ""


@unittest.skipIf(why_not(), why_not())
class Built(unittest.TestCase):
    def node(self, *words):
        return subprocess.run(["node", *words], cwd=WEB, capture_output=True, text=True, timeout=300, check=False)

    def test_what_is_served_is_what_the_sources_make(self):
        with tempfile.TemporaryDirectory() as folder:
            result = self.node("build.mjs", folder)
            self.assertEqual(result.returncode, 0, result.stdout + result.stderr)
            for name in ("index.html", "more.js"):
                with open(os.path.join(folder, name), "rb") as fresh, open(os.path.join(WEB, "dist", name), "rb") as kept:
                    self.assertEqual(fresh.read(), kept.read(), f"web/dist/{name} is old: cd web && node build.mjs")

    def test_types_hold(self):
        result = self.node("node_modules/typescript/bin/tsc", "--noEmit")
        self.assertEqual(result.returncode, 0, result.stdout)


class Sources(unittest.TestCase):
    def test_the_lock_file_names_no_host(self):
        with open(os.path.join(WEB, "package-lock.json"), encoding="utf-8") as handle:
            packages = json.load(handle)["packages"]
        self.assertEqual([name for name, package in packages.items() if "resolved" in package], [])
        self.assertEqual([name for name, package in packages.items() if name and "integrity" not in package], [])

    def test_no_text_becomes_markup(self):
        for folder, _, names in os.walk(os.path.join(WEB, "src")):
            for name in names:
                with open(os.path.join(folder, name), encoding="utf-8") as handle:
                    text = handle.read()
                for banned in ("dangerouslySetInnerHTML", "innerHTML", "insertAdjacentHTML", "eval(", "document.write"):
                    self.assertNotIn(banned, text, name)


if __name__ == "__main__":
    unittest.main()
