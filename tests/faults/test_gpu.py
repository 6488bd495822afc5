# SPDX-License-Identifier: Apache-2.0
"""test_gpu.py - R8: a GPU is lost, hangs, is divided, and comes back, while `aico2 serve` measures four: the others keep their rate.

The made-up NVML reads its script again when the file changes. Of each change two ticks may pass after the first that could see it,
and of a call that hangs the two seconds that it is waited for.
"""
import os
import re
import time

from faults_case import FaultCase
from harness import SLOW, main

NVML = os.path.join(os.environ["AICO2_TEST_FAKES"], "fake_nvml.so")
INTERVAL = 0.5
TICKS_TO_NOTICE = 2
HUNG_SECONDS = 2  # for as long a call is waited for
BACK_SECONDS = SLOW


class Gpu(FaultCase):
    def script(self, text):
        """Renamed into place: never read in halves."""
        with open(self.path("nvml.new"), "w", encoding="ascii") as handle:
            handle.write("count=4;watch=1;gpu.watts=100;" + text)
        os.rename(self.path("nvml.new"), self.path("nvml"))
        return time.monotonic(), self.waited()

    def waited(self):
        """What the machine kept the server waiting, and us who ask it."""
        return self.waited_seconds(os.getpid()) + (self.waited_seconds(self.server.process.pid) if self.server else 0)

    def up(self):
        match = re.search(rb'^aico2_reader_up\{[^}]*reader="nvml"[^}]*\} (\d)$', self.server.get("/metrics")[2], re.M)
        return match and int(match.group(1))

    def notices(self, changed, up, seconds):
        """How long it took it; time in which the machine kept it waiting is not its own."""
        begun, waited = changed
        self.wait_until(lambda: self.up() == up, f"aico2_reader_up is {up}")
        took = time.monotonic() - begun - (self.waited() - waited)
        self.assertLess(took, seconds)
        return took

    def covered(self, device):
        return self.stored("SELECT coalesce(sum(covered_seconds), 0), coalesce(sum(gap_seconds), 0), coalesce(sum(joules), 0)"
                           " FROM samples JOIN devices USING (run, device) WHERE devices.id = ?", device)[0]

    def measures(self, *devices):
        before = {device: self.covered(device)[0] for device in devices}
        self.wait_until(lambda: all(self.covered(device)[0] > before[device] + 1 for device in devices), f"{devices} are measured")

    def test_what_happens_to_one_is_no_matter_of_the_others(self):
        self.server = None
        self.script("")
        self.server = self.serve("--interval", f"{INTERVAL}s", "--nvml", NVML, env={"FAKE_NVML": self.path("nvml")})
        self.wait_until(lambda: self.up() == 1, "GPUs are read")
        self.wait_for_samples(1)  # there is a history
        self.measures("gpu0")
        for what, text in (("lost", "gpu1.lost=1"), ("hangs", "gpu2.hang=-1"), ("all lost", "gpu1.lost=1;gpu2.lost=1;gpu3.lost=1"),
                           ("driver answers Unknown Error", "gpu3.energy_code=999;gpu3.power_code=999")):
            patience = HUNG_SECONDS if what == "hangs" else 0
            gone = self.notices(self.script(text), 0, patience + (1 + TICKS_TO_NOTICE) * INTERVAL + 0.5)
            self.measures("gpu0")
            back = self.notices(self.script(""), 1, BACK_SECONDS)
            print(f"{what}: noticed after {gone:.1f} s, back after {back:.1f} s", flush=True)
            self.measures("gpu0", "gpu1", "gpu2", "gpu3")
        # divided into instances, and put together again: power is the GPU's still
        for text in ("gpu3.mig=1;gpu3.instances=3g.20gb:3:20096,-,1g.5gb:1:4864", ""):
            self.script(text)
            self.measures("gpu0", "gpu3")
            self.assertEqual(self.up(), 1)
        self.assertEqual(self.server.stop(), 0, self.server.said())
        # 100 W each: the counter of one that was away tells what it used meanwhile, and nothing is made up where it does not
        for device in ("gpu0", "gpu1", "gpu2", "gpu3"):
            covered, gap, joules = self.covered(device)
            print(f"{device}: {covered:.1f} s covered, {gap:.1f} s not, {joules / covered:.2f} W")
            self.assertAlmostEqual(joules / covered, 100, delta=1)
        self.assertLess(self.covered("gpu0")[1], 0.01 * self.covered("gpu0")[0])


if __name__ == "__main__":
    main()
