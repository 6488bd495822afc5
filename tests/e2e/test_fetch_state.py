# SPDX-License-Identifier: Apache-2.0
"""test_fetch_state.py - what the fetcher keeps from one question to the next: figures, counts, and no secret."""
import json
import os
import random
import re
import signal
import stat
import subprocess
import time
from email.utils import formatdate

from fetch_case import CLIENT, FETCHER, FROM, GOOD, GOOD_POINTS, KEY, NOW, SLOW, STEP, TO, Case, main, points

LOGIN = "someone:pass-word-0123456789"
TOKEN = "t0ken-9876543210-fedcba"
SETTLED = FROM - 10 * 86400


class Cache(Case):
    def test_a_second_question_asks_nobody(self):
        server = self.serve(GOOD)
        first = self.ask(("open", server.url))
        answer = self.ask(("open", server.url))
        self.assertEqual(len(server.requests), 1)
        self.assertEqual(answer["points"], GOOD_POINTS)
        self.assertEqual(answer["steps"][0][1], "cached")
        self.assertRegex(answer["steps"][0][2], r"^of 20\d\d-\d\d-\d\dT\d\d:\d\d:\d\dZ$")
        self.assertEqual(answer["fetched"], first["fetched"])
        self.assertEqual(self.ask(("open", server.url), offline=1)["points"], GOOD_POINTS)

    def test_files_are_private_and_say_whose_they_are(self):
        self.ask(("open", self.serve(GOOD).url))
        for folder, _, names in os.walk(self.cache):
            self.assertEqual(stat.S_IMODE(os.stat(folder).st_mode), 0o700)
            for name in names:
                self.assertEqual(stat.S_IMODE(os.stat(os.path.join(folder, name)).st_mode), 0o600)
                self.assertFalse(name.endswith(".tmp"))
        text = self.kept_text()
        for part in ("aico2 intensity,1\n", "provider,open\n", "zone,FR\n", "signal,average\n",
                     "kind,lifecycle-average\n", 'source,"Fake, for tests"\n', "licence,CC0-1.0\n"):
            self.assertIn(part, text)

    def test_only_what_is_missing_is_asked(self):
        server = self.serve(GOOD)
        self.ask(("open", server.url), to=FROM + STEP)
        self.ask(("open", server.url))
        self.assertEqual([path for _, path, _ in server.requests],
                         [f"/points?zone=FR&from={FROM}&to={FROM + STEP}",
                          f"/points?zone=FR&from={FROM + STEP}&to={TO}"])
        self.assertEqual(self.ask(("open", server.url), offline=1)["points"], GOOD_POINTS)

    def test_places_signals_providers_and_addresses_are_apart(self):
        server = self.serve(GOOD)
        other = self.serve(GOOD)
        self.ask(("open", server.url))
        for choice, fields in ((("open", server.url), {"country": "DE"}), (("second", server.url), {}),
                               (("open", server.url), {"marginal": 1}), (("open", other.url), {})):
            self.assertEqual(self.ask(choice, **fields)["steps"][0][1], "used", (choice, fields))

    def test_nothing_known_is_remembered_for_a_step(self):
        server = self.serve(points())
        for _ in range(2):
            self.assertEqual(self.ask(("open", server.url))["steps"][0][1], "no data")
        self.assertEqual(len(server.requests), 1)

    def aged(self, hours):
        """What is kept, as if it had been asked so long ago."""
        for name in self.kept():
            with open(name) as file:
                lines = file.read().split("\n")
            fetched = time.strftime("%Y-%m-%dT%H:%M:%S.000Z", time.gmtime(time.time() - hours * 3600))
            for at, line in enumerate(lines):
                if line.startswith("20"):
                    lines[at] = ",".join(line.split(",")[:3] + [fetched])
            with open(name, "w") as file:
                file.write("\n".join(lines))

    def test_age(self):
        rows = [[begin + i * STEP, 50, "measured"] for begin in (SETTLED, FROM) for i in range(4)]
        server = self.serve(points(*rows))
        for begin, hours, requests in ((FROM, 5, 0), (FROM, 7, 1), (SETTLED, 48, 0), (SETTLED, 91 * 24, 1)):
            fields = {"from": begin, "to": begin + 4 * STEP}
            self.ask(("open", server.url), **fields)
            self.aged(hours)
            del server.requests[:]
            self.ask(("open", server.url), **fields)
            self.assertEqual(len(server.requests), requests, (begin, hours))

    def test_out_of_date_is_used_where_it_is_named(self):
        state = {"body": GOOD, "status": 200}
        server = self.server(lambda exchange: exchange.reply(state["body"], status=state["status"]))
        self.ask(("open", server.url))
        self.aged(30)
        state["status"] = 400
        for fields in ({}, {"expired": "second"}, {"offline": 1}):
            self.assertEqual(self.ask(("open", server.url), **fields)["points"], [])
        for fields in ({"expired": "open"}, {"expired": "open", "offline": 1}):
            answer = self.ask(("open", server.url), **fields)
            self.assertEqual(answer["points"], GOOD_POINTS)
            self.assertEqual(answer["steps"][0][1], "cached")
            self.assertIn("out of date", answer["steps"][0][2])
            self.assertIn("30 h 0 min old", answer["steps"][0][2])
        self.assertIn("none is asked", answer["steps"][0][2])

    def test_a_hole_does_not_replace_what_was_measured(self):
        state = {"body": GOOD}
        server = self.server(lambda exchange: exchange.reply(state["body"]))
        self.ask(("open", server.url))
        self.aged(7)
        state["body"] = points([FROM, 90, "measured"])
        self.ask(("open", server.url))
        self.assertIn(",101,measured,", self.kept_text())
        self.assertIn(",90,measured,", self.kept_text())

    def test_files_that_are_not_believed(self):
        server = self.serve(GOOD)
        self.ask(("open", server.url))
        (name,) = self.kept()[:1]
        with open(name) as file:
            good = file.read()

        def write(text):
            with open(name, "w") as file:
                file.write(text)

        def torn(_):
            write(good[:len(good) // 2])

        def foreign(_):
            os.chmod(name, 0o644)  # it could be read
            os.chown(name, 12345, -1)

        def writable(_):
            os.chmod(name, 0o666)

        def link(path):
            os.rename(name, path)
            os.symlink(path, name)

        def fifo(_):
            os.unlink(name)
            os.mkfifo(name)

        def folder(_):
            os.unlink(name)
            os.mkdir(name)

        def huge(_):
            write(good + " " * (2 << 20))

        cases = [torn, writable, link, fifo, huge, lambda _: write(""), lambda _: write("\0" * 500),
                 lambda _: write(good.replace("zone,FR", "zone,DE")), lambda _: write(good.replace(",101,", ",-1,")),
                 lambda _: write(good.replace(",101,", ",nan,")), lambda _: write(good.replace("measured", "better")),
                 lambda _: write(good.replace("unasked", "none")), lambda _: write(good + good)]
        if os.geteuid() == 0:
            cases.append(foreign)
        for spoil in cases:
            spoil(os.path.join(self.root, "elsewhere"))
            del server.requests[:]
            answer = self.ask(("open", server.url))
            self.assertEqual((answer["points"], len(server.requests)), (GOOD_POINTS, 1), spoil)
            self.assertFalse(os.path.islink(name))
            self.assertEqual(self.ask(("open", server.url))["steps"][0][1], "cached")
        folder(None)
        self.assertEqual(self.ask(("open", server.url))["points"], GOOD_POINTS)  # without being able to keep it

    def test_a_directory_that_is_not_ours_is_not_used(self):
        server = self.serve(GOOD)
        os.makedirs(self.cache, mode=0o700)
        os.chmod(self.cache, 0o777)
        self.assertEqual(self.ask(("open", server.url))["points"], GOOD_POINTS)
        self.assertEqual(os.listdir(self.cache), [])
        self.assertEqual(self.ask(("open", server.url), cache="/proc/nowhere")["points"], GOOD_POINTS)
        self.assertEqual(self.ask(("open", server.url), cache="relative")["points"], GOOD_POINTS)

    def test_many_at_once_ask_once(self):
        def handler(exchange):
            time.sleep(0.3)
            exchange.reply(GOOD)
        server = self.server(handler)
        words = [CLIENT, FETCHER, *self.words(("open", server.url))]
        running = [subprocess.Popen(words, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=self.env)
                   for _ in range(8)]
        for process in running:
            text, _ = process.communicate(timeout=SLOW)
            self.assertEqual(json.loads(text)["points"][1:], GOOD_POINTS)
        self.assertEqual(len(server.requests), 1)

    def test_killed_at_any_time_leaves_whole_files(self):
        begin = FROM - 5 * 86400
        rows = [[at, 50, "measured"] for at in range(begin, TO, STEP)]
        server = self.serve(points(*rows))
        fields = {"from": begin}
        for attempt in range(30):
            zone = f"A{chr(65 + attempt % 26)}"
            client = subprocess.Popen([CLIENT, FETCHER, *self.words(("open", server.url), country=zone, **fields)],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=self.env)
            pid = int(client.stderr.readline().split()[1])
            time.sleep(random.uniform(0, 0.04))
            try:
                os.kill(pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            client.communicate(timeout=SLOW)
            answer = self.ask(("open", server.url), country=zone, **fields)
            self.assertEqual(len(answer["points"]), len(rows) + 1)
        for name in self.kept():
            with open(name) as file:
                self.assertRegex(file.read(), r"unasked,[^\n]*\n$")

    def test_the_cache_is_bounded(self):
        os.makedirs(os.path.join(self.cache, "open"), mode=0o700)
        for index in range(60):
            path = os.path.join(self.cache, "open", f"old.{index:02}.csv")
            with open(path, "w") as file:
                file.write("x" * (1 << 20))
            os.utime(path, (NOW - 86400 + index, NOW - 86400 + index))
        keep = os.path.join(self.cache, "open", "notes.txt")
        with open(keep, "w") as file:
            file.write("mine")
        os.utime(keep, (1, 1))
        self.ask(("open", self.serve(GOOD).url))
        self.assertTrue(os.path.exists(keep))
        left = [os.path.basename(name) for name in self.kept()]
        self.assertNotIn("old.00.csv", left)
        self.assertIn("old.59.csv", left)
        self.assertLess(len(left), 40)
        self.assertTrue(any(name.startswith("FR.average.") for name in left))


class Limits(Case):
    def test_a_quota_counts_across_processes(self):
        server = self.serve(points())
        for index in range(6):
            zone = f"A{chr(65 + index)}"
            outcome = self.ask(("few", server.url), country=zone)["steps"][0]
            self.assertEqual(outcome[1], "no data" if index < 4 else "limited", outcome)
        self.assertEqual(len(server.requests), 4)
        self.assertIn("4 requests in a minute", outcome[2])
        path = os.path.join(self.cache, "few", "requests")
        with open(path) as file:
            times = [int(line) - 61 * 10**9 for line in file]
        with open(path, "w") as file:
            file.write("".join(f"{at}\n" for at in times))
        self.assertEqual(self.ask(("few", server.url), country="ZZ")["steps"][0][1], "no data")

    def test_retry_after_within_the_deadline_is_waited_for(self):
        for status in (429, 503):
            replies = [(status, ["Retry-After: 1"]), (200, [])]

            def handler(exchange, replies=replies):
                code, headers = replies.pop(0)
                exchange.reply(GOOD if code == 200 else b"", status=code, headers=headers)
            self.assertEqual(self.ask(("open", self.server(handler).url), cache=None)["points"], GOOD_POINTS)
            self.assertGreater(self.seconds, 1)

    def test_retry_after_beyond_it_is_kept(self):
        until = (int(time.time()) + 600) // 60 * 60
        for text in ("600", formatdate(until, usegmt=True)):
            cache = os.path.join(self.root, "cache" + text[:3])
            server = self.serve('{"error": "slow down"}', status=429, headers=["Retry-After: " + text])
            step = self.ask(("open", server.url), cache=cache)["steps"][0]
            self.assertEqual(step[1], "limited")
            self.assertRegex(step[2], r"^429, slow down; not to be asked before 20.*Z$")
            if text != "600":
                self.assertIn(time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(until)), step[2])
            step = self.ask(("open", server.url), cache=cache)["steps"][0]
            self.assertEqual((step[1], len(server.requests)), ("limited", 1))

    def closed(self):
        with open(os.path.join(self.cache, "open", "closed")) as file:
            failures, until = file.read().split()
        return int(failures), int(until) / 1e9

    def test_back_off_doubles_and_ends_with_an_answer(self):
        state = {"status": 500}

        def handler(exchange):
            state["asked"] = time.time()
            exchange.reply(GOOD, status=state["status"])
        server = self.server(handler)
        waits = []
        for index in range(4):
            self.assertEqual(self.ask(("open", server.url))["steps"][0][1], "unreachable")
            failures, until = self.closed()
            self.assertEqual(failures, index + 1)
            waits.append((until - state["asked"], until - time.time()))
            self.assertEqual(self.ask(("open", server.url))["steps"][0][1], "limited")
            with open(os.path.join(self.cache, "open", "closed"), "w") as file:
                file.write(f"{failures} {int((time.time() - 1) * 1e9)}\n")
        self.assertEqual(len(server.requests), 4 * 3)
        # 20 s doubled, half to one and a half of it, from a moment between the last answer and this look
        for index, (most, least) in enumerate(waits):
            self.assertLess(10 * 2**index, most + 0.001, waits)
            self.assertLess(least, 30 * 2**index, waits)
        state["status"] = 200
        self.assertEqual(self.ask(("open", server.url))["steps"][0][1], "used")
        self.assertFalse(os.path.exists(os.path.join(self.cache, "open", "closed")))

    def test_a_clock_set_back_does_not_close_for_years(self):
        server = self.serve(GOOD)
        os.makedirs(os.path.join(self.cache, "open"), mode=0o700)
        for text in (f"1 {int((time.time() + 10 * 365 * 86400) * 1e9)}\n", "garbage", "9999 5", ""):
            with open(os.path.join(self.cache, "open", "closed"), "w") as file:
                file.write(text)
            self.assertNotEqual(self.ask(("open", server.url))["steps"][0][1], "limited")


class Secrets(Case):
    def fetchers(self):
        """Pids of those that this test has started: other tests have theirs."""
        found = []
        for pid in [pid for pid in os.listdir("/proc") if pid.isdigit()]:
            try:
                with open(f"/proc/{pid}/comm") as comm, open(f"/proc/{pid}/stat") as stat_file:
                    parent = stat_file.read().rpartition(")")[2].split()[1]
                    if not comm.read().startswith("aico2-fetch"):
                        continue
                with open(f"/proc/{parent}/cmdline", "rb") as cmdline:
                    if self.cache.encode() in cmdline.read():
                        found.append(pid)
            except OSError:
                continue
        return found

    def test_order_of_places(self):
        server = self.serve(GOOD)
        credentials = os.path.join(self.root, "credentials")
        os.mkdir(credentials)

        def sent(given="", **more):
            self.ask(("key", server.url, given), cache=None, **more)
            return server.requests[-1][2]["auth-token"]
        self.assertEqual(sent(given=KEY), KEY)
        self.put_secret("key", "of-the-file\n")
        self.assertEqual(sent(given=KEY), "of-the-file")
        with open(os.path.join(credentials, "aico2.key"), "w") as file:
            file.write("of-systemd")
        os.chmod(os.path.join(credentials, "aico2.key"), 0o440)  # as its access list shows
        self.assertEqual(sent(given=KEY, env={"CREDENTIALS_DIRECTORY": credentials}), "of-systemd")

    def test_files_that_are_refused(self):
        server = self.serve(GOOD)
        for mode in (0o640, 0o604, 0o620):
            self.put_secret("key", KEY, mode)
            step = self.fails(server.url, "no key", "chmod 600", provider="key")["steps"][0]
            self.assertNotIn(KEY, step[2])
        for text in ("", "\n\n", "two\nlines", "a\rb", "x" * 600, "nul\0inside"):
            self.put_secret("key", text)
            self.fails(server.url, "no key", "no key of one line", provider="key")
        path = self.put_secret("key", KEY)
        os.rename(path, path + ".real")
        os.symlink(path + ".real", path)
        self.fails(server.url, "no key", provider="key")
        os.unlink(path)
        os.mkdir(path)
        self.fails(server.url, "no key", "no regular file", provider="key")
        os.rmdir(path)
        if os.geteuid() == 0:
            # without capabilities root is one user among others
            os.chown(self.put_secret("key", KEY), 12345, -1)
            self.fails(server.url, "no key", "Permission denied", provider="key")
            os.chmod(path, 0o644)
            self.fails(server.url, "no key", "somebody else", provider="key")
            os.unlink(path)
        self.fails(server.url, "no key", "none is given", provider="key")
        self.put_secret("login", "without-a-colon")
        self.fails(server.url, "no key", "user:password", provider="login")
        self.assertEqual(server.requests, [])

    def test_nothing_shows_a_secret(self):
        seen = []

        def handler(exchange):
            for pid in self.fetchers():
                for name in ("cmdline", "environ"):
                    with open(f"/proc/{pid}/{name}", "rb") as file:
                        seen.append(file.read())
            # a server that says back all it was sent
            sent = [exchange.headers.get(name, "") for name in ("auth-token", "x-login", "authorization")]
            said = f"bad key: {''.join(sent)} {exchange.path.split('&')[-1]}"
            exchange.server.said = said
            exchange.reply(json.dumps({"error": said}), status=401)
        server = self.server(handler)
        for provider in ("key", "inurl", "login"):
            secret = LOGIN if provider == "login" else KEY
            self.put_secret(provider, secret)
            step = self.fails(server.url, "denied", "401, bad key", provider=provider)["steps"][0]
            self.assertIn(secret, server.said)
            self.assertIn("***", step[2])
        self.assertTrue(seen)
        kept = []
        for folder, _, names in os.walk(self.cache):
            for name in names:
                with open(os.path.join(folder, name), "rb") as file:
                    kept.append(file.read())
        for text in (b"".join(seen), self.output.encode(), b"".join(kept)):
            for secret in (KEY, LOGIN, LOGIN.split(":")[1]):
                self.assertNotIn(secret.encode(), text)

    def test_no_core_and_no_look_into_its_memory(self):
        found = {}

        def handler(exchange):
            for pid in self.fetchers():
                with open(f"/proc/{pid}/status") as status, open(f"/proc/{pid}/limits") as limits:
                    found.update(re.findall(r"^(Cap\w+|NoNewPrivs):\s*(\S+)", status.read(), re.MULTILINE))
                    found["core"] = re.search(r"core file size +(\S+)", limits.read()).group(1)
                found["owner"] = os.stat(f"/proc/{pid}/environ").st_uid
            exchange.reply(GOOD)
        self.assertEqual(self.ask(("open", self.server(handler).url))["steps"][0][1], "used")
        self.assertEqual((found["core"], found["owner"], found["NoNewPrivs"]), ("0", 0, "1"))
        for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
            self.assertEqual(int(found[name], 16), 0, name)

    def test_login_once_and_again_when_the_token_ran_out(self):
        self.put_secret("login", LOGIN)
        state = {"tokens": 0, "good": 1}

        def handler(exchange):
            if exchange.path == "/login":
                assert exchange.headers["x-login"] == LOGIN
                state["tokens"] += 1
                exchange.reply(json.dumps({"token": f"{TOKEN}{state['tokens']}"}))
            elif exchange.headers.get("authorization") == f"Bearer {TOKEN}{state['good']}":
                exchange.reply(GOOD)
            else:
                exchange.reply(json.dumps({"error": "token " + exchange.headers["authorization"]}), status=401)
        server = self.server(handler)
        for state["good"] in (1, 2):
            state["tokens"] = 0
            answer = self.ask(("login", server.url), cache=None)
            self.assertEqual(answer["points"], GOOD_POINTS)
            self.assertEqual(state["tokens"], state["good"])
        state.update(tokens=0, good=99)
        step = self.fails(server.url, "denied", provider="login", cache=None)["steps"][0]
        self.assertEqual(state["tokens"], 2)
        self.assertNotIn(TOKEN, step[2])

    def test_a_login_that_is_refused_or_is_none(self):
        self.put_secret("login", LOGIN)
        server = self.serve('{"error": "no"}', status=401)
        self.fails(server.url, "denied", "401, no", provider="login", cache=None)
        self.assertEqual(len(server.requests), 1)
        for body in ("", "{}", '{"token": 5}', json.dumps({"token": "x" * 5000})):
            self.fails(self.serve(body).url, "bad answer", "login: no token", provider="login", cache=None)


class Surroundings(Case):
    def test_neither_netrc_nor_proxy_on_loopback(self):
        proxy = self.serve("", status=502)
        server = self.serve(GOOD)
        with open(os.path.join(self.root, ".netrc"), "w") as file:
            file.write("machine localhost login someone password else\n")
        env = {"HOME": self.root, "http_proxy": proxy.url, "https_proxy": proxy.url, "all_proxy": proxy.url}
        self.assertEqual(self.ask(("open", server.url), env=env)["points"], GOOD_POINTS)
        self.assertNotIn("authorization", server.requests[0][2])
        self.assertEqual(proxy.requests, [])

    def test_a_proxy_of_the_environment_off_loopback(self):
        proxy = self.serve("", status=502)
        env = {"https_proxy": proxy.url}
        self.assertEqual(self.ask(("open", "https://192.0.2.1/"), env=env)["steps"][0][1], "unreachable")
        self.assertEqual({request[:2] for request in proxy.requests}, {("CONNECT", "192.0.2.1:443")})
        del proxy.requests[:]
        self.ask(("second", "https://192.0.2.1/"), env={**env, "no_proxy": "192.0.2.1"}, deadline=2000)
        self.assertEqual(proxy.requests, [])

    def test_keys_of_tls_are_not_written_down(self):
        tls = self.certificates()
        path = os.path.join(self.root, "keys")
        server = self.server(lambda exchange: exchange.reply(GOOD), context=tls["good"])
        self.ask(("open", server.url), ca=tls["ca"], env={"SSLKEYLOGFILE": path})
        self.assertFalse(os.path.exists(path))

    @staticmethod
    def is_alive(pid):
        try:
            with open(f"/proc/{pid}/stat") as file:
                return file.read().rpartition(")")[2].split()[0] != "Z"
        except (FileNotFoundError, ProcessLookupError):
            return False

    def test_it_dies_with_its_parent_only_if_asked(self):
        server = self.server(lambda exchange: time.sleep(50))
        for option, dies in (("--die-with-parent", True), ("", False)):
            script = os.path.join(self.root, "parent.sh")
            with open(script, "w") as file:
                file.write(f"#!/bin/sh\nexec 3<&0\n{FETCHER} {option} <&3 &\necho $! >{self.root}/pid\nwait\n")
            os.chmod(script, 0o755)
            client = subprocess.Popen([CLIENT, script, *self.words(("open", server.url), deadline=50000)],
                                      stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=self.env)
            parent = int(client.stderr.readline().split()[1])
            deadline = time.monotonic() + SLOW
            while not server.requests and time.monotonic() < deadline:
                time.sleep(0.02)
            del server.requests[:]
            with open(os.path.join(self.root, "pid")) as file:
                pid = int(file.read())
            os.kill(parent, signal.SIGKILL)
            deadline = time.monotonic() + (SLOW if dies else 1)
            while self.is_alive(pid) and time.monotonic() < deadline:
                time.sleep(0.02)
            self.assertEqual(self.is_alive(pid), not dies, option)
            if not dies:
                os.kill(pid, signal.SIGKILL)
            client.communicate(timeout=SLOW)


if __name__ == "__main__":
    main()
