# SPDX-License-Identifier: Apache-2.0
"""test_export.py - the history as a table of runs: whole, in parts, to a file and to a reader that goes away."""
import csv
import io
import os
import stat
import subprocess
import unittest

from harness import PROGRAM, Case, document, main

LOGS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "logs")
ORIN = os.path.join(LOGS, "jtop-orin-nano.csv")  # 16 J from 2024-11-24T10:00:00Z on, 3 s


class ExportCase(Case):
    def setUp(self):
        super().setUp()
        self.env["TZ"] = "UTC"

    def log(self, *words, log=ORIN):
        done = self.aico2("import", "--json", log, "--country", "FR", "--memory-gib", "8", *words)
        self.assertEqual(done.returncode, 0, done.stderr)
        return document(done.stdout)

    def exported(self, *words, **more):
        done = self.aico2("export", *words, text=False, **more)
        self.assertEqual((done.returncode, done.stderr), (0, b""))
        return done.stdout.decode()

    def refused(self, status, *parts, words):
        done = self.aico2("export", *words)
        self.assertEqual((done.returncode, done.stdout), (status, ""), done.stderr)
        self.one_line(done.stderr, *parts)


class Table(ExportCase):
    def test_a_row_has_codecarbons_cells_and_ours(self):
        made = self.log("--name", "na,no", "--stage", "inference", "--pue", "1.5")
        text = self.exported()
        self.assertTrue(text.startswith("timestamp,project_name,run_id,experiment_id,duration,emissions,"))
        rows = list(csv.DictReader(io.StringIO(text, newline="")))
        self.assertEqual(len(rows), 1)
        row = rows[0]
        self.assertEqual((row["project_name"], row["run_id"], row["stage"], row["state"]),
                         ("na,no", made["run"]["id"], "inference", "imported"))
        self.assertEqual(float(row["duration"]), 3)
        # CodeCarbon's energies have the PUE in them, ours have not
        self.assertAlmostEqual(float(row["energy_consumed"]), 16 * 1.5 / 3.6e6, delta=1e-12)
        self.assertAlmostEqual(float(row["total_joules"]), 16, delta=1e-9)
        self.assertEqual(float(row["total_gco2e"]), made["carbon"]["total_gco2e"])
        self.assertEqual(float(row["low_joules"]), made["energy"]["low_joules"])
        self.assertEqual(float(row["operational_gco2e"]), made["carbon"]["operational_gco2e"])
        self.assertEqual(row["started_at"], "2024-11-24T10:00:00.000Z")
        self.assertEqual(row["job_id"], "")
        self.assertEqual(self.exported("--format", "csv"), text)
        # what it wrote is read again by who knows CodeCarbon's columns
        self.write("again.csv", text, newline="")
        done = self.aico2("import", "--from", "codecarbon", "again.csv", "--db", "other.db")
        self.assertEqual(done.returncode, 0, done.stderr)

    def test_json_is_one_document_of_the_reports_that_show_gives(self):
        made = self.log()
        self.assertEqual(self.run_command("true").returncode, 0)
        whole = document(self.exported("--format", "json"))
        self.assertEqual(whole["schema"], "aico2.export/1")
        self.assertEqual(len(whole["runs"]), 2)
        self.assertEqual(whole["runs"][1], document(self.aico2("show", made["run"]["id"], "--json").stdout))
        self.assertEqual(whole["runs"][0], document(self.aico2("show", "last", "--json").stdout))
        self.assertEqual(document(self.exported("--json")), whole)

    def test_a_part_of_the_runs(self):
        with open(ORIN, encoding="utf-8") as handle:
            later = self.write("later.csv", handle.read().replace("2024-11-24", "2024-11-25"))
        first = self.log("--name", "a")["run"]["id"]
        second = self.log("--name", "b", "--stage", "inference", log=later)["run"]["id"]

        def ids(*words):
            return [run["run"]["id"] for run in document(self.exported("--json", *words))["runs"]]

        self.assertEqual(ids(), [second, first])
        self.assertEqual(ids("--name", "a"), [first])
        self.assertEqual(ids("--stage", "inference"), [second])
        self.assertEqual(ids("--start", "2024-11-24T10:00:01Z"), [second])
        self.assertEqual(ids("--end", "2024-11-25T10:00:00Z"), [first])
        self.assertEqual(ids("--start", "2024-11-24T10:00:00Z", "--end", "2024-11-24T10:00:01Z"), [first])
        # a project's own stage is of its next run, not of what is asked for
        self.write(".aico2.yml", "stage: inference\n")
        self.assertEqual(ids(), [second, first])

    def test_no_history_is_no_runs(self):
        self.assertEqual(document(self.exported("--json"))["runs"], [])
        self.assertEqual(self.exported().count("\n"), 1)
        self.assertFalse(os.path.exists(self.db))

    def test_to_a_file_whole_or_not_at_all(self):
        self.log()
        text = self.exported()
        self.assertEqual(self.exported("-o", "runs.csv"), "")
        self.assertEqual(self.read("runs.csv", newline=""), text)
        self.assertEqual(self.exported("-o", "-"), text)
        os.chmod(self.path("runs.csv"), 0o600)
        self.assertEqual(self.exported("--json", "-o", "runs.csv"), "")
        self.assertEqual(document(self.read("runs.csv"))["runs"][0]["run"]["state"], "imported")
        self.assertEqual(stat.S_IMODE(os.stat(self.path("runs.csv")).st_mode), 0o600)
        self.assertEqual(os.listdir(self.cwd), ["runs.csv"])
        # a history that cannot be read leaves the file of last time
        self.write("broken.db", "no history")
        self.refused(1, "broken.db", words=["-o", "runs.csv", "--db", "broken.db"])
        self.assertEqual(document(self.read("runs.csv"))["runs"][0]["run"]["state"], "imported")
        self.assertEqual(sorted(os.listdir(self.cwd)), ["broken.db", "runs.csv"])
        self.refused(1, "'none/runs.csv'", "No such file", words=["-o", "none/runs.csv"])

    def test_what_cannot_be_asked_for(self):
        self.refused(2, "--format 'text'", "csv or json", words=["--format", "text"])
        self.refused(2, "--end '2024-11-24T10:00:00Z' is not after --start",
                     words=["--start", "2024-11-24T10:00:00Z", "--end", "2024-11-24T10:00:00Z"])
        self.refused(2, "'x'", words=["x"])

    def test_a_reader_that_goes_away(self):
        self.log()
        done = self.shell('"$0" export --json | true; echo ${PIPESTATUS[0]}')
        self.assertIn(done.stdout.strip(), ("0", "1"), done.stderr)  # never by a signal

    def test_many_runs_take_the_memory_of_one(self):
        self.log()
        text = "".join(f"{2000 + year // 12}-{year % 12 + 1:02d}-01T00:00:00,p,,,10,0.001,,1,,1,0.0001,,0.0001,0.0002,,"
                       "France,FRA,,,,,,,,,,,,,,,,,,,,,\n" for year in range(12 * 20))
        header = self.exported().splitlines()[0].split(",stage,")[0]
        self.write("many.csv", header + "\n" + text)
        done = self.aico2("import", "--from", "codecarbon", "many.csv")
        self.assertEqual(done.returncode, 0, done.stderr)
        few = self.peak("--end", "2000-06-01T00:00:00Z")
        many = self.peak()
        self.assertEqual(len(document(self.exported("--json"))["runs"]), 241)
        self.assertLess(many - few, 512)

    def peak(self, *words):
        """KiB of resident memory at most."""
        with subprocess.Popen([PROGRAM, "export", "--json", "-o", "/dev/null", *words], env=self.env,
                              cwd=self.cwd) as process:
            _, status, usage = os.wait4(process.pid, 0)
            process.returncode = os.waitstatus_to_exitcode(status)
        self.assertEqual(process.returncode, 0)
        return usage.ru_maxrss


if __name__ == "__main__":
    main()
