# SPDX-License-Identifier: Apache-2.0
"""test_live_way.py - from a provider's answer over TLS to the grams of a report: aico2, aico2-fetch and a fake of the
Carbon Intensity API of Great Britain as it is documented."""
import csv
import datetime
import io
import json
import os
import sys
import tempfile
import time

from harness import Case, document, main

sys.path.insert(0, os.environ["AICO2_TEST_FAKE_SOURCES"])
from fetch_server import Server, certificates  # noqa: E402

SLOT = 1800
NOW = int(time.time())
FIRST = NOW // SLOT * SLOT - 20 * SLOT  # ten hours ago


def stamp(seconds):
    return datetime.datetime.fromtimestamp(seconds, datetime.timezone.utc).strftime("%Y-%m-%dT%H:%MZ")


def slots():
    """Measured 100, 101, ... up to this half-hour; then 300 as forecast, but 50 from four to five hours ahead."""
    rows = []
    for i in range(20 + 96):
        start = FIRST + i * SLOT
        ahead = 50 if NOW + 4 * 3600 <= start < NOW + 5 * 3600 else 300
        rows.append({"from": stamp(start), "to": stamp(start + SLOT),
                     "intensity": {"forecast": ahead, "actual": 100 + i if i < 20 else None, "index": "moderate"}})
    return json.dumps({"data": rows})


class Way(Case):
    tls = None

    def setUp(self):
        super().setUp()
        if Way.tls is None:
            Way.folder = tempfile.TemporaryDirectory(prefix="aico2-tls-")
            Way.tls = certificates(Way.folder.name)
        self.answer = {"body": slots()}
        self.server = Server(lambda exchange: exchange.reply(**self.answer), context=Way.tls["good"])
        self.addCleanup(self.server.close)
        self.gb = ["--country", "GB", "--provider", "gb", "--provider-url", f"gb={self.server.url}",
                   "--provider-ca", Way.tls["ca"]]
        self.env["AICO2_FETCH_TIMEOUT"] = "60s"  # on any machine

    def test_a_run_by_the_value_of_its_half_hour(self):
        """The half-hour that runs has a forecast of 300 only: kWh x 300, band twice that of a measured value."""
        report = self.report("sleep", "0.3", options=[*self.gb, "--pue", "1.5"])
        carbon = report["carbon"]
        self.assertTrue(carbon["time_matched"], report["warnings"])
        for key, figure in (("intensity_gco2e_per_kwh", 300), ("intensity_low", 210), ("intensity_high", 390),
                            ("forecast_ratio", 1), ("estimated_ratio", 0)):
            self.assertAlmostEqual(carbon[key], figure, delta=1e-9)
        self.assertEqual((carbon["provider"], carbon["intensity_kind"]), ("gb", "direct-average"))
        self.assertAlmostEqual(carbon["operational_gco2e"], report["energy"]["total_kwh"] * 1.5 * 300, delta=1e-12)
        self.assertIn("CC BY 4.0", carbon["licence"])
        self.assertEqual([step["outcome"] for step in carbon["fallbacks"]], ["used"])

    def test_the_next_one_is_from_the_cache(self):
        self.report("true", options=self.gb)
        asked = len(self.server.requests)
        self.assertGreater(asked, 0)
        carbon = self.report("true", options=self.gb)["carbon"]
        self.assertEqual(len(self.server.requests), asked)
        self.assertEqual([step["outcome"] for step in carbon["fallbacks"]], ["cached"])

    def test_a_provider_that_fails_costs_a_warning(self):
        for answer, word in (({"body": "no", "status": 503}, "503"), ({"body": "{}"}, "bad answer"),
                             ({"body": slots().replace(": 300", ": -300")}, "-300")):
            with self.subTest(word):
                self.answer = answer
                self.env["XDG_CACHE_HOME"] = os.path.join(self.root, "cache-" + word.replace(" ", ""))
                report = self.report("true", options=self.gb)
                self.assertFalse(report["carbon"]["time_matched"])
                self.assertEqual(report["carbon"]["intensity_kind"], "lifecycle-average")
                warnings = [line for line in report["warnings"] if "live intensity" in line]
                self.assertEqual(len(warnings), 1)
                self.assertIn(word, warnings[0])

    def test_intensity_now_and_ahead(self):
        done = self.aico2("intensity", "GB", *self.gb[2:], "--forecast", "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        live = document(done.stdout)["live"]
        self.assertEqual((live["now"]["gco2e_per_kwh"], live["now"]["quality"]), (300, "forecast"))
        self.assertEqual(live["kind"], "direct-average")
        self.assertGreaterEqual(len(live["points"]), 96)
        text = self.aico2("intensity", "GB", *self.gb[2:], "--forecast").stdout
        self.assertIn("50.0 gCO2e/kWh, forecast, lowest, from ", text)
        self.assertTrue(all(len(line) <= 80 for line in text.splitlines()), text)

    def test_its_csv_is_an_intensity_file(self):
        done = self.aico2("intensity", "GB", *self.gb[2:], "--forecast", "--format", "csv")
        rows = list(csv.DictReader(io.StringIO(done.stdout)))
        self.assertEqual(list(rows[0]), ["time", "gco2e_per_kwh"])
        self.write("ahead.csv", done.stdout)
        best = document(self.aico2("when", "--duration", "30m", "--intensity-file", "ahead.csv", "--json").stdout)
        self.assertEqual(best["best"]["gco2e_per_kwh"], 50)

    def test_nobody_answers(self):
        self.answer = {"body": "no", "status": 403}
        done = self.aico2("intensity", "GB", *self.gb[2:])
        self.assertEqual(done.returncode, 1)
        self.assertIn("gb: denied", done.stdout)

    def test_a_window_of_the_past(self):
        """A run of now, looked at as a window: its energy at the value of this half-hour."""
        report = self.report("sleep", "0.3")
        done = self.aico2("measure", "--start", report["run"]["started_at"], "--end", report["run"]["ended_at"],
                          *self.gb, "--json")
        self.assertEqual(done.returncode, 0, done.stderr)
        carbon = document(done.stdout)["carbon"]
        self.assertAlmostEqual(carbon["intensity_gco2e_per_kwh"], 300, delta=1e-9)
        self.assertTrue(carbon["time_matched"])


class CloudAuto(Case):
    """--cloud auto: a machine whose firmware says that it is of a cloud, and that cloud's metadata service."""

    def setUp(self):
        super().setUp()
        self.answer = {"body": "eu-west-3"}
        self.server = Server(lambda exchange: exchange.reply(
            **({"body": "TOKEN"} if exchange.method == "PUT" else self.answer)))
        self.addCleanup(self.server.close)

    def machine(self, file, text):
        for name in ("proc", "sys/class/dmi/id", "dev", "etc"):
            os.makedirs(os.path.join(self.root, "machine", name), exist_ok=True)
        with open(os.path.join(self.root, "machine", "sys/class/dmi/id", file), "w", encoding="utf-8") as out:
            out.write(text + "\n")
        return ["--sysroot", os.path.join(self.root, "machine"), "--cloud", "auto", "--provider-url",
                "cloud=" + self.server.url.replace("localhost", "127.0.0.1")]

    def test_the_region_is_that_of_the_metadata(self):
        report = self.report("true", options=self.machine("sys_vendor", "Amazon EC2"))
        self.assertEqual((report["carbon"]["place"], report["carbon"]["place_basis"]), ("aws:eu-west-3", "cloud"))
        self.assertEqual(document(self.aico2("show", "last", "--json").stdout), report)
        self.assertEqual([request[0] for request in self.server.requests], ["PUT", "GET"])

    def test_its_pue_is_kept_too(self):
        self.answer = {"body": "af-south-1"}
        report = self.report("true", options=self.machine("sys_vendor", "Amazon EC2"))
        self.assertEqual(report["carbon"]["pue"], 1.24)
        self.assertEqual(document(self.aico2("show", "last", "--json").stdout)["carbon"]["pue"], 1.24)

    def test_no_packet_where_the_firmware_names_no_cloud(self):
        done = self.run_command("true", options=[*self.machine("sys_vendor", "Amazon EC2 look-alike"), "-o", "r.json"])
        self.assertEqual(done.returncode, 0)
        self.assertIn("firmware names no cloud", done.stderr)
        self.assertEqual(self.server.requests, [])
        self.assertEqual(document(self.read("r.json"))["carbon"]["place_basis"], "world")

    def test_a_service_that_does_not_say_is_a_warning(self):
        for answer in ({"body": "no", "status": 404}, {"body": "../../etc"}, {"body": "moon-base-1"}):
            with self.subTest(answer):
                self.answer = answer
                done = self.run_command("true", options=[*self.machine("sys_vendor", "Amazon EC2"), "-o", "r.json"])
                self.assertEqual(done.returncode, 0, done.stderr)
                self.assertEqual(done.stderr.count("--cloud auto"), 1, done.stderr)
                self.assertEqual(document(self.read("r.json"))["carbon"]["place_basis"], "world")


if __name__ == "__main__":
    main()
