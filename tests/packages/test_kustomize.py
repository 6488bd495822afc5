# SPDX-License-Identifier: Apache-2.0
"""test_kustomize.py - what kustomize itself makes of the manifests: the base and each overlay

Of the PATH, or built by Go out of its module where AICO2_TEST_PACKAGES says that packages are tested, for that takes minutes."""
import os
import shutil
import subprocess
import tempfile
import unittest

import linters

try:
    import yaml
except ImportError:  # said by the skip
    yaml = None

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
PLACE = os.environ["AICO2_TEST_ENVIRONMENTS"]
VERSION = os.environ["AICO2_VERSION"]
MODULE = "sigs.k8s.io/kustomize/kustomize/v5@v5.7.1"
SLOW = 1800
BASE = {"Namespace", "ServiceAccount", "DaemonSet", "Service", "NetworkPolicy"}


def run(*words, **more):
    return subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False,
                          **more)


def kustomize():
    """Its path, or why there is none."""
    built = os.path.join(PLACE, "go", "kustomize")
    found = shutil.which("kustomize") or (built if os.path.exists(built) else None)
    if found or not (os.environ.get("AICO2_TEST_PACKAGES") and shutil.which("go")):
        return found, "kustomize is not installed"
    done = run("go", "install", MODULE, env={**os.environ, "GOBIN": os.path.dirname(built)})
    return (built, None) if done.returncode == 0 else (None, "Go cannot build kustomize: " + (done.stderr.strip().splitlines() or ["?"])[-1])


@unittest.skipUnless(yaml, "PyYAML is not installed")
class Built(unittest.TestCase):
    @classmethod
    def setUpClass(cls):
        cls.program, why = kustomize()
        if cls.program is None:
            raise unittest.SkipTest(why)

    def build(self, folder):
        """kind -> the one document of it."""
        done = run(self.program, "build", os.path.join(SOURCE, "contrib/kubernetes", folder))
        self.assertEqual((done.returncode, done.stderr), (0, ""), "and no word of what is deprecated")
        documents = list(yaml.safe_load_all(done.stdout))
        found = {document["kind"]: document for document in documents}
        self.assertEqual(len(found), len(documents))
        for kind, document in found.items():
            self.assertEqual(document["metadata"]["name"], "aico2")
            self.assertEqual(document["metadata"]["labels"]["app.kubernetes.io/name"], "aico2")
            if kind != "Namespace":
                self.assertEqual(document["metadata"]["namespace"], "aico2")
        return found

    def container(self, found):
        (container,) = found["DaemonSet"]["spec"]["template"]["spec"]["containers"]
        return container

    def test_the_base(self):
        found = self.build("base")
        self.assertEqual(set(found), BASE)
        self.assertEqual(self.container(found)["image"], "aico2:" + VERSION)
        selected = found["DaemonSet"]["spec"]["selector"]["matchLabels"]
        self.assertLessEqual(selected.items(), found["DaemonSet"]["spec"]["template"]["metadata"]["labels"].items())
        self.assertEqual(found["Service"]["spec"]["selector"], selected)

    def test_with_nvidia_s_library_the_base_is_as_it_was(self):
        base, found = self.build("base"), self.build("overlays/nvidia")
        self.assertEqual(set(found), BASE)
        pod = found["DaemonSet"]["spec"]["template"]["spec"]
        self.assertEqual((pod["runtimeClassName"], pod["nodeSelector"]), ("nvidia", {"nvidia.com/gpu.present": "true"}))
        self.assertEqual(self.container(found)["args"], self.container(base)["args"] + ["--nvml=libnvidia-ml.so.1"])
        names = [entry["name"] for entry in self.container(found)["env"]]
        self.assertEqual(names[-2:], ["NVIDIA_VISIBLE_DEVICES", "NVIDIA_DRIVER_CAPABILITIES"])
        self.assertEqual(self.container(found)["securityContext"], self.container(base)["securityContext"])
        for kind in BASE - {"DaemonSet"}:
            self.assertEqual(found[kind], base[kind])

    def test_with_a_monitor_of_the_operator(self):
        found = self.build("overlays/prometheus-operator")
        self.assertEqual(set(found), BASE | {"ServiceMonitor"})
        ports = {port["name"] for port in found["Service"]["spec"]["ports"]}
        self.assertLessEqual({endpoint["port"] for endpoint in found["ServiceMonitor"]["spec"]["endpoints"]}, ports)
        self.assertLessEqual(found["ServiceMonitor"]["spec"]["selector"]["matchLabels"].items(), found["Service"]["metadata"]["labels"].items())

    def test_another_image_as_its_first_lines_say(self):
        with tempfile.TemporaryDirectory() as folder:
            shutil.copytree(os.path.join(SOURCE, "contrib/kubernetes/base"), os.path.join(folder, "base"))
            base = os.path.join(folder, "base")
            done = run(self.program, "edit", "set", "image", "aico2=registry.example/aico2:7", cwd=base)
            self.assertEqual(done.returncode, 0, done.stderr)
            self.assertEqual(self.container(self.build(base))["image"], "registry.example/aico2:7")

    def test_what_comes_out_fits_the_schemas_of_kubernetes(self):
        """Strictly, by the validator of test_linters.py."""
        folder_of_programs, why = linters.install()
        if folder_of_programs is None:
            self.skipTest(f"kubernetes-validate cannot be installed: {why}")
        python = os.path.join(folder_of_programs, "python")
        for folder in ("base", "overlays/nvidia"):
            with tempfile.NamedTemporaryFile("w", suffix=".yaml") as file:
                yaml.safe_dump_all(self.build(folder).values(), file)
                file.flush()
                done = run(python, "-m", "kubernetes_validate", "--strict", "--quiet", "-k", "1.34.0", file.name)
                self.assertEqual(done.returncode, 0, done.stdout + done.stderr)


if __name__ == "__main__":
    unittest.main(verbosity=2)  # what is skipped is told with its reason
