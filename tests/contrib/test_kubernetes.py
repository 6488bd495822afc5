# SPDX-License-Identifier: Apache-2.0
"""test_kubernetes.py - the manifests: whole, not privileged, closed. No cluster is asked, and no kustomize is needed."""
import glob
import os
import subprocess
import sys
import tempfile
import time
import unittest
import urllib.error
import urllib.request

sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "e2e"))
from ports import free_port  # noqa: E402

try:
    import yaml
except ImportError:  # said by the skips
    yaml = None

ROOT = os.path.join(os.environ["AICO2_TEST_SOURCE_ROOT"], "contrib/kubernetes")
# kind -> the fields that its API knows at the top of spec
SPECS = {
    "DaemonSet": ("apps/v1", {"selector", "template", "updateStrategy", "minReadySeconds", "revisionHistoryLimit"}),
    "Service": ("v1", {"clusterIP", "selector", "ports", "type"}),
    "NetworkPolicy": ("networking.k8s.io/v1", {"podSelector", "policyTypes", "ingress", "egress"}),
    "ServiceMonitor": ("monitoring.coreos.com/v1", {"selector", "endpoints", "namespaceSelector", "jobLabel"}),
    "ServiceAccount": ("v1", None),
    "Namespace": ("v1", None),
    "Kustomization": ("kustomize.config.k8s.io/v1beta1", None),
}
PROGRAM = os.environ["AICO2_PROGRAM"]
SERVE = os.environ["AICO2_TEST_SERVE"]  # "" where it is not built
SLOW = 120
NAME = {"app.kubernetes.io/name": "aico2"}


def load(path):
    with open(path, encoding="utf-8") as handle:
        return yaml.safe_load(handle)


@unittest.skipUnless(yaml, "PyYAML is not installed")
class Manifests(unittest.TestCase):
    def setUp(self):
        self.files = sorted(glob.glob(os.path.join(ROOT, "**", "*.yaml"), recursive=True))
        self.assertTrue(self.files)
        self.daemon = load(os.path.join(ROOT, "base/daemonset.yaml"))
        self.pod = self.daemon["spec"]["template"]["spec"]
        (self.container,) = self.pod["containers"]

    def test_each_is_of_a_kind_that_is_known(self):
        for path in self.files:
            with self.subTest(path):
                document = load(path)
                version, fields = SPECS[document["kind"]]
                self.assertEqual(document["apiVersion"], version)
                if fields is not None:
                    self.assertLessEqual(set(document["spec"]), fields)
                if document["kind"] not in ("Kustomization", "Namespace"):
                    self.assertEqual(document["metadata"]["namespace"], "aico2")
                    self.assertEqual(document["metadata"]["name"], "aico2")

    def test_every_file_is_a_resource_of_its_kustomization(self):
        for path in self.files:
            if os.path.basename(path) != "kustomization.yaml":
                continue
            folder = os.path.dirname(path)
            resources = load(path)["resources"]
            for name in resources:
                self.assertTrue(os.path.exists(os.path.join(folder, name)), name)
            others = {os.path.basename(other) for other in glob.glob(os.path.join(folder, "*.yaml"))}
            self.assertLessEqual(others - {"kustomization.yaml"}, set(resources))

    def test_the_pod_is_not_privileged(self):
        for field in ("hostNetwork", "hostPID", "hostIPC", "automountServiceAccountToken", "enableServiceLinks"):
            self.assertIs(self.pod[field], False, field)
        self.assertEqual(self.pod["securityContext"]["seccompProfile"], {"type": "RuntimeDefault"})
        context = self.container["securityContext"]
        self.assertIs(context["privileged"], False)
        self.assertIs(context["allowPrivilegeEscalation"], False)
        self.assertIs(context["readOnlyRootFilesystem"], True)
        self.assertEqual(context["capabilities"], {"drop": ["ALL"], "add": ["DAC_READ_SEARCH"]})
        self.assertIs(load(os.path.join(ROOT, "base/serviceaccount.yaml"))["automountServiceAccountToken"], False)

    def test_the_host_is_read_and_no_more_of_it_than_sys_and_proc(self):
        hosts = {volume["name"]: volume["hostPath"]["path"] for volume in self.pod["volumes"]}
        self.assertEqual(set(hosts.values()), {"/sys", "/proc"})
        mounts = {mount["name"]: mount for mount in self.container["volumeMounts"]}
        self.assertEqual(set(mounts), set(hosts))
        for name, mount in mounts.items():
            self.assertIs(mount["readOnly"], True)
            self.assertEqual(mount["mountPath"], "/host" + hosts[name])
        self.assertIn("--sysroot=/host", self.container["args"])

    @unittest.skipUnless(SERVE, "aico2-serve is not built")
    def test_its_command_measures_what_is_mounted_and_its_probes_are_answered(self):
        port = free_port()
        with tempfile.TemporaryDirectory(prefix="aico2-kubernetes-") as host:
            for name in ("sys", "proc"):
                os.symlink("/" + name, os.path.join(host, name))
            words = [word.replace("=/host", "=" + host).replace("=:8000", f"=127.0.0.1:{port}")
                     for word in self.container["command"][1:] + self.container["args"]]
            agent = subprocess.Popen([PROGRAM, *words], env={"PATH": "/usr/bin:/bin", "NODE_NAME": "n1"},
                                     stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
            try:
                probes = [self.container[name]["httpGet"]["path"] for name in ("livenessProbe", "readinessProbe")]
                for path in probes:
                    self.wait_for(agent, f"http://127.0.0.1:{port}{path}")
                self.wait_for(agent, f"http://127.0.0.1:{port}/metrics", b"\naico2_energy_joules_total{")
            finally:
                agent.terminate()
                agent.communicate(timeout=SLOW)

    def wait_for(self, agent, url, words=b""):
        """Until it answers, and with these words: what there is once something was measured."""
        deadline = time.monotonic() + SLOW
        while True:
            try:
                with urllib.request.urlopen(url, timeout=SLOW) as answer:
                    said = answer.read()
                if words in said:
                    return
            except (urllib.error.URLError, ConnectionError) as error:
                said = error
            if agent.poll() is not None or time.monotonic() > deadline:
                self.fail(f"{url}: {said}; {agent.stderr.read() if agent.poll() is not None else b''}")
            time.sleep(0.05)

    def test_memory_and_cpu_are_bounded(self):
        self.assertIn("memory", self.container["resources"]["limits"])
        self.assertEqual(set(self.container["resources"]["requests"]), {"cpu", "memory"})
        self.assertNotIn("cpu", self.container["resources"]["limits"])  # a throttled sampler comes late

    def test_selectors_ports_and_probes_fit(self):
        self.assertEqual(self.daemon["spec"]["selector"]["matchLabels"], NAME)
        self.assertEqual(self.daemon["spec"]["template"]["metadata"]["labels"], NAME)
        (port,) = self.container["ports"]
        self.assertIn(f"--listen=:{port['containerPort']}", self.container["args"])
        for probe in ("livenessProbe", "readinessProbe"):
            self.assertEqual(self.container[probe]["httpGet"]["port"], port["name"])
        service = load(os.path.join(ROOT, "base/service.yaml"))
        self.assertEqual(service["spec"]["selector"], NAME)
        self.assertEqual(service["spec"]["ports"][0]["targetPort"], port["name"])
        monitor = load(os.path.join(ROOT, "overlays/prometheus-operator/servicemonitor.yaml"))
        self.assertEqual(monitor["spec"]["selector"]["matchLabels"], service["metadata"]["labels"])
        self.assertEqual(monitor["spec"]["endpoints"][0]["port"], service["spec"]["ports"][0]["name"])
        policy = load(os.path.join(ROOT, "base/networkpolicy.yaml"))
        self.assertEqual(policy["spec"]["podSelector"]["matchLabels"], NAME)
        self.assertEqual(policy["spec"]["ingress"][0]["ports"][0]["port"], port["name"])
        self.assertEqual((policy["spec"]["policyTypes"], policy["spec"]["egress"]), (["Ingress", "Egress"], []))

    def test_the_runs_own_labels_are_kept(self):
        """The operator's pod and namespace are the agent's, not those of a run."""
        endpoint = load(os.path.join(ROOT, "overlays/prometheus-operator/servicemonitor.yaml"))["spec"]["endpoints"][0]
        self.assertNotIn("honorLabels", endpoint)
        dropped = [rule["regex"].split("|") for rule in endpoint["relabelings"] if rule.get("action") == "labeldrop"]
        self.assertLessEqual({"pod", "namespace", "container"}, set(dropped[0]))

    def test_patches_lead_where_something_is(self):
        patch = load(os.path.join(ROOT, "overlays/nvidia/kustomization.yaml"))["patches"][0]
        self.assertEqual(patch["target"], {"kind": "DaemonSet", "name": "aico2"})
        for operation in yaml.safe_load(patch["patch"]):
            place = self.daemon
            *parents, last = operation["path"].strip("/").split("/")
            for word in parents:
                place = place[int(word)] if isinstance(place, list) else place[word]
            self.assertTrue(last == "-" if isinstance(place, list) else last not in place, operation["path"])


if __name__ == "__main__":
    unittest.main()
