# SPDX-License-Identifier: Apache-2.0
"""test_serve_seed_flow.py - the original's README from end to end: its example script, its service, its clients.

The script stands in the README as it is here, but for the minute that it sleeps (tests/python/test_seed_examples.py runs
it whole). `aico2 serve --seed` is in the place of `python -m uvicorn main:app`, of the jar and of `serve -s -l 3033`, at
their ports; asked by curl, by requests and, as the original's page does, by fetch() of another origin.
"""
import json
import os
import re
import shutil
import subprocess
import sys
import unittest

from harness import SLOW
from serve_case import ServeCase

SOURCE = os.environ["AICO2_TEST_SOURCE_ROOT"]
UVICORN, JAR, PAGE = 8000, 8011, 3033
# what the original's page sends, and how it reads the answer
FETCH = """
const [url, origin, body] = process.argv.slice(1);
const ask = { method: "POST", headers: { "Content-Type": "application/json", Origin: origin }, body };
const answer = await fetch(url, ask);
console.log(JSON.stringify({ status: answer.status, allowed: answer.headers.get("access-control-allow-origin"),
                             data: (await answer.json()).data }));
"""
REQUESTS = """
import json, sys, requests
answer = requests.post(sys.argv[1], json={"country_code": "FR", "life_cycle_step": "training"}, timeout=60)
print(json.dumps([answer.status_code, answer.json()]))
"""


class Flow(ServeCase):
    """One script, measured once; an address of this machine that no other test has."""

    def setUp(self):
        super().setUp()
        self.host = f"127.{1 + os.getpid() % 250}.{1 + os.getpid() // 250 % 250}.78"

    def python(self, *words, **more):
        return subprocess.run([sys.executable, *words], cwd=self.root, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False, **more)

    def run_example(self):
        """Return: Wh of the window, as the script has printed it and written to training_data.csv."""
        with open(os.path.join(SOURCE, "tests/python/seed/examples.md"), encoding="utf-8") as file:
            text = re.search(r"```python\n(.*?)```", file.read(), re.DOTALL).group(1)
        self.assertIn("time.sleep(50)", text)
        path = os.path.join(self.root, "powertest.py")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace("time.sleep(50)", "time.sleep(3)"))
        done = self.python(path, env={
            **self.env, "AICO2_LIBRARY": os.environ["AICO2_LIBRARY"], "PYTHONPATH": os.path.join(SOURCE, "python"),
            "AICO2_PROMETHEUS_URL": "http://127.0.0.1:9"})
        self.assertEqual(done.returncode, 0, done.stderr)
        watt_hours = float(re.search(r"Estimated power consumption by CPU\+GPU：(\S+)Wh", done.stdout).group(1))
        self.assertGreater(watt_hours, 0)
        with open(os.path.join(self.root, "training_data.csv"), encoding="utf-8") as file:
            self.assertIn(f"Estimated power consumption by CPU+GPU Wh,{watt_hours!r}", file.read())
        return watt_hours

    def ask_by_curl(self, port, path, body):
        done = subprocess.run(
            [shutil.which("curl") or self.skipTest("no curl here"), "-sS", "-X", "POST", "-H",
             "Content-Type: application/json", "-d", json.dumps(body), f"http://{self.host}:{port}{path}"],
            stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False)
        self.assertEqual(done.returncode, 0, done.stderr)
        return json.loads(done.stdout)

    def test_from_the_script_to_its_clients(self):
        watt_hours = self.run_example()
        self.serve("--seed", "--listen", f"{self.host}:{UVICORN}", listen=False)
        grams_per_kwh = json.loads(self.aico2("intensity", "FR", "--json").stdout)["gco2e_per_kwh"]

        told = self.ask_by_curl(UVICORN, "/carbonfootprint", {"country_code": "FR", "life_cycle_step": "training"})
        told_wh = told["energy consumption (Wh)"]
        # the run is from the import to the end of the process, the window of the script lies inside
        self.assertTrue(watt_hours <= told_wh * 1.001 and told_wh < 4 * watt_hours * max(1, told["runtime (s)"] / 6), (watt_hours, told_wh))
        self.assertAlmostEqual(told["carbon emission (gCO2e)"] / (told_wh / 1000 * grams_per_kwh), 1, places=5)
        self.assertGreaterEqual(told["runtime (s)"], 3)

        with self.subTest("requests"):
            done = self.python("-c", REQUESTS, f"http://{self.host}:{UVICORN}/carbonfootprint")
            if "No module named 'requests'" in done.stderr:
                self.skipTest("no requests for this Python")
            self.assertEqual(done.returncode, 0, done.stderr)
            status, answer = json.loads(done.stdout)
            self.assertEqual((status, {**answer, "data&time": told["data&time"]}), (200, told))

        with self.subTest("the page's question"):
            node = shutil.which("node")
            if node is None:
                self.skipTest("no Node here")
            origin = f"http://{self.host}:{PAGE}"
            done = subprocess.run([node, "--input-type=module", "-e", FETCH, f"http://{self.host}:{JAR}/responseai/getData",
                                   origin, json.dumps({"region": "FR", "lifecycle": "Training"})],
                                  stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False)
            self.assertEqual(done.returncode, 0, done.stderr)
            answer = json.loads(done.stdout)
            self.assertEqual((answer["status"], answer["allowed"]), (200, origin))
            self.assertEqual(answer["data"]["energyConsumption"], told_wh)
            self.assertEqual(answer["data"]["carbonEmission"], told["carbon emission (gCO2e)"])
            self.assertEqual(answer["data"]["cpuName"], told["CPU"])

        # no inference was measured: the original's words where it had no file
        self.assertEqual(self.ask_by_curl(UVICORN, "/carbonfootprint", {"country_code": "FR",
                                                                         "life_cycle_step": "inference"}),
                         {"detail": "CSV file does not contain enough data"})


if __name__ == "__main__":
    unittest.main()
