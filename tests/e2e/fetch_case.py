# SPDX-License-Identifier: Apache-2.0
"""fetch_case.py - a fetcher, a provider on loopback, and an hour whose figures are known."""
import json
import os
import subprocess
import sys
import tempfile
import time
import unittest

sys.path.insert(0, os.environ["AICO2_TEST_FAKE_SOURCES"])
from fetch_server import Server, certificates  # noqa: E402

FETCHER = os.environ["AICO2_FETCH_FAKE"]
CLIENT = os.environ["AICO2_FETCH_CLIENT"]
SLOW = 120
STEP = 1800
NOW = int(time.time())
FROM = NOW // STEP * STEP - 20 * STEP  # ten hours ago: published, and not yet settled
TO = FROM + 4 * STEP
KEY = "k3y-0123456789abcdef-SECRET"


def points(*rows, unit="g"):
    return json.dumps({"unit": unit, "points": rows})


GOOD_ROWS = [[FROM + i * STEP, 100 + i, "measured"] for i in range(4)]
GOOD = points(*GOOD_ROWS)
# what an answer of GOOD is: each value, and the end of what is known
GOOD_POINTS = [*GOOD_ROWS, [TO, None, "measured"]]


class Case(unittest.TestCase):
    tls = None

    def setUp(self):
        folder = tempfile.TemporaryDirectory(prefix="aico2-fetch-")
        self.addCleanup(folder.cleanup)
        self.root = folder.name
        self.cache = os.path.join(self.root, "home", "cache")
        self.secrets = os.path.join(self.root, "secrets")
        os.mkdir(self.secrets)
        self.env = {name: value for name, value in os.environ.items()
                    if not name.lower().endswith("_proxy") and name != "CREDENTIALS_DIRECTORY"}
        self.output = ""

    @classmethod
    def certificates(cls):
        if Case.tls is None:
            Case.tls_folder = tempfile.TemporaryDirectory(prefix="aico2-tls-")
            Case.tls = certificates(Case.tls_folder.name)
        return Case.tls

    def server(self, handler, **more):
        found = Server(handler, **more)
        self.addCleanup(found.close)
        return found

    def serve(self, body, **more):
        """A server that always replies the same."""
        return self.server(lambda exchange: exchange.reply(body, **more))

    def put_secret(self, provider, text, mode=0o600):
        path = os.path.join(self.secrets, provider + ".token")
        with open(path, "w") as file:
            file.write(text)
        os.chmod(path, mode)
        return path

    def words(self, *choices, **fields):
        fields = {"country": "FR", "from": FROM, "to": TO, "cache": self.cache, "secrets": self.secrets, **fields}
        words = [f"{name}={value}" for name, value in fields.items() if value is not None]
        for choice in choices:
            words.append(f"provider={choice[0]}")
            words += [f"{name}={value}" for name, value in zip(("url", "secret"), choice[1:])]
        return words

    def ask(self, *choices, status=0, env=None, **fields):
        """The answer; within its deadline, whatever happens."""
        began = time.monotonic()
        done = subprocess.run([CLIENT, FETCHER, *self.words(*choices, **fields)], env={**self.env, **(env or {})},
                              stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, timeout=SLOW, check=False)
        self.seconds = time.monotonic() - began
        self.output += done.stdout + done.stderr
        self.assertEqual(done.returncode, status, done.stderr)
        answer = json.loads(done.stdout)
        self.assertTrue(answer["good"])
        if answer["points"]:
            self.assertIs(answer["points"].pop(0), True)
        return answer

    def fails(self, url, outcome, *parts, provider="open", **fields):
        """No answer, with one step that says why, and nothing is kept."""
        answer = self.ask((provider, url), **fields)
        self.assertEqual((answer["status"], answer["points"]), (-61, []))
        self.assertEqual([step[:2] for step in answer["steps"]], [[provider, outcome]], answer)
        for part in parts:
            self.assertIn(part, answer["steps"][0][2])
        self.assertEqual(self.kept(), [])
        return answer

    def kept(self):
        """The cache's files of figures."""
        return sorted(os.path.join(folder, name) for folder, _, names in os.walk(self.cache) for name in names
                      if name.endswith(".csv"))

    def kept_text(self):
        texts = []
        for name in self.kept():
            with open(name) as file:
                texts.append(file.read())
        return "".join(texts)


def main():
    unittest.main(argv=sys.argv)
