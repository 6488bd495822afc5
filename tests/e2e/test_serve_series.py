# SPDX-License-Identifier: Apache-2.0
"""test_serve_series.py - the hours of a place: from a file, foreseen or of a usual day; a year's figure alone says so."""
import os
import time
import unittest

import harness
from serve_case import ServeCase

HOUR = 3600


class Series(ServeCase):
    def file(self, name, rows):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="utf-8") as handle:
            handle.write("time,gco2e_per_kwh\n" + "".join(f"{when},{value}\n" for when, value in rows))
        return path

    def series(self, server, place, query="", status=200):
        got, _, body = server.get(f"/api/v1/intensity/{place}/series{query}")
        self.assertEqual(got, status, body)
        return harness.document(body)

    def test_the_hours_of_a_file(self):
        hour = int(time.time()) // HOUR * HOUR
        path = self.file("fr.csv", [(hour + at * HOUR, 20 if at == 5 else 50) for at in range(-6, 9)])
        server = self.serve("--country", "FR", "--place", f"FR={path}")
        told = self.series(server, "FR", "?hours=4&ahead=8&duration=1h")
        self.assertEqual((told["schema"], told["place"], told["basis"], told["source"]), ("aico2.series/1", "FR", "hours", "fr.csv"))
        times = [point[0] for point in told["points"]]
        self.assertEqual(times[1:], [hour + at * HOUR for at in range(-3, 9)][:len(times) - 1])
        self.assertEqual({point[2] for point in told["points"] if point[0] <= hour}, {"measured"})
        self.assertEqual({point[2] for point in told["points"] if point[0] > hour}, {"forecast"})
        self.assertEqual(told["when"]["basis"], "forecast")
        self.assertEqual(told["when"]["best"]["gco2e_per_kwh"], 20)
        self.assertAlmostEqual(told["when"]["saving_ratio"], 0.6)
        self.assertEqual(told["yearly"]["gco2e_per_kwh"], harness.document(server.get("/api/v1/intensity/FR")[2])["gco2e_per_kwh"])
        # renewed, and asked again
        self.file("fr.csv", [(hour - HOUR, 7), (hour, 8)])
        self.assertEqual([point[1] for point in self.series(server, "FRA", "?hours=1")["points"]][-2:], [8, None])
        # every other place has a year's figure
        other = self.series(server, "DE")
        self.assertEqual((other["basis"], other["points"], other["when"], other["source"]), ("yearly", [], None, None))
        for query in ("?hours=0", "?hours=169", "?ahead=x", "?duration=0", "?duration=soon", "?ahead=2&duration=3h"):
            self.assertTrue(self.series(server, "FR", query, 400)["detail"], query)
        self.assertIn("Atlantis", self.series(server, "Atlantis", "", 404)["detail"])
        os.unlink(path)
        self.assertNotIn(self.root, self.series(server, "FR", "", 500)["detail"])
        self.assertIn("fr.csv", server.wait_for("warning"))

    def test_what_is_wrong_is_told_at_the_start(self):
        good = self.file("good.csv", [(0, 1)])
        for value, reason in (("FR", "PLACE=FILE"), ("FR=", "PLACE=FILE"), ("=x.csv", "PLACE=FILE"), (f"Atlantis={good}", "Atlantis"),
                              (f"FR={good},FRA={good}", "twice"), (f"FR={self.file('bad.csv', [(0, -1)])}", "bad.csv")):
            self.assertIn(reason, self.serve_fails("--place", value), value)
        self.assertIn("nonexistent.csv", self.serve_fails("--place", "FR=/nonexistent.csv", status=1))  # no mistake of form


if __name__ == "__main__":
    unittest.main()
