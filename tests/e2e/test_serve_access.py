# SPDX-License-Identifier: Apache-2.0
"""test_serve_access.py - who may ask: TLS, tokens, logins, client certificates, and files that change meanwhile."""
import base64
import collections
import hashlib
import http.client
import os
import shutil
import signal
import ssl
import subprocess
import threading
import time
import unittest

from serve_case import ServeCase, rest_of

TOKEN = "0123456789abcdefABCDEF-._~"


def bcrypt(password, salt="$2b$04$abcdefghijklmnopqrstuu"):
    """By the system's own crypt(3)."""
    import ctypes
    library = ctypes.CDLL("libcrypt.so.1")
    library.crypt.restype = ctypes.c_char_p
    return library.crypt(password.encode(), salt.encode()).decode()


def basic(user, password):
    return {"Authorization": "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()}


def bearer(token):
    return {"Authorization": f"Bearer {token}"}


class AccessCase(ServeCase):
    def file(self, name, text, mode=0o600):
        path = os.path.join(self.root, name)
        with open(path, "w", encoding="utf-8") as handle:
            handle.write(text)
        os.chmod(path, mode)
        return path

    def openssl(self, *words):
        done = subprocess.run(["openssl", *words], cwd=self.root, capture_output=True, check=False, timeout=60)
        self.assertEqual(done.returncode, 0, done.stderr)

    def certificate(self, name="server", issuer=None, subject="localhost", mode=0o600):
        """NAME.pem and NAME.key, of itself or of an issuer's."""
        words = ["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2",
                 "-subj", f"/CN={subject}", "-addext", f"subjectAltName=DNS:{subject}", "-keyout", f"{name}.key",
                 "-out", f"{name}.pem"]
        if issuer:
            words += ["-CA", f"{issuer}.pem", "-CAkey", f"{issuer}.key"]
        else:
            words += ["-addext", "basicConstraints=critical,CA:TRUE"]
        self.openssl(*words)
        os.chmod(os.path.join(self.root, f"{name}.key"), mode)

    def path(self, name):
        return os.path.join(self.root, name)

    def context(self, ca="server.pem", client=None):
        context = ssl.create_default_context(cafile=self.path(ca))
        if client:
            context.load_cert_chain(self.path(f"{client}.pem"), self.path(f"{client}.key"))
        return context

    def https(self, server, path="/metrics", headers=None, context=None):
        connection = http.client.HTTPSConnection("localhost", server.port, timeout=60, context=context or self.context())
        try:
            connection.request("GET", path, headers=headers or {})
            answer = connection.getresponse()
            return answer.status, answer.headers, answer.read()
        finally:
            connection.close()

    def status(self, server, path="/metrics", headers=None):
        return server.get(path, headers=headers)[0]

    def ready(self, server, headers=None):
        self.wait_until(lambda: self.status(server, "/readyz", headers) == 200, "ready")


class Tokens(AccessCase):
    def test_a_token_lets_in_and_nothing_else_does(self):
        other = "another-token-of-theirs"
        path = self.file("tokens", f"# who may scrape\n{TOKEN}\n\n  sha256:{hashlib.sha256(other.encode()).hexdigest()} \n")
        server = self.serve("--no-db", "--token-file", path)
        self.ready(server)  # health is open
        for headers in (bearer(TOKEN), bearer(other), {"Authorization": f"bearer {TOKEN}"}):
            self.wait_until(lambda shown=headers: self.status(server, headers=shown) == 200, "let in")
        for headers in ({}, bearer(""), bearer(TOKEN[:-1]), bearer(TOKEN + "x"), bearer(TOKEN.upper()), basic("x", TOKEN),
                        {"Authorization": TOKEN}, {"Authorization": "Bearer"}, {"Authorization": f"Digest {TOKEN}"},
                        bearer("sha256:" + hashlib.sha256(other.encode()).hexdigest()), {"X-Token": TOKEN}):
            status, answer, body = server.get("/metrics", headers=headers)
            self.assertEqual((status, answer["WWW-Authenticate"]), (401, 'Bearer realm="aico2"'), headers)
            self.assertNotIn(b"aico2_", body)
        self.assertEqual(self.status(server, f"/metrics?token={TOKEN}"), 401)
        self.assertEqual(self.status(server, "/nope"), 401)  # nor does it say what there is
        self.assertEqual(self.status(server, "/nope", bearer(TOKEN)), 404)
        # the page has no figures, but the form for the token
        for path in ("/", "/more.js"):
            self.assertEqual(self.status(server, path), 200)
        self.assertIn(b'<html lang="en" data-login="token">', server.get("/")[2])  # and knows that it is wanted
        for path in ("/openapi.json", "/api/v1/live", "/api/v1/runs", "//", "/index.html"):
            self.assertEqual(self.status(server, path), 401, path)

    def test_nothing_of_it_is_logged(self):
        path = self.file("tokens", TOKEN)
        server = self.serve("--no-db", "--token-file", path, "--log")
        self.status(server, f"/metrics?token={TOKEN}", bearer(TOKEN))
        server.wait_for("GET /metrics")
        self.assertNotIn(TOKEN, server.said())
        with open(f"/proc/{server.process.pid}/cmdline", "rb") as handle:
            self.assertNotIn(TOKEN.encode(), handle.read())

    def test_files_that_will_not_do(self):
        for text, why in (("", "no token in it"), ("# none\n", "no token in it"), ("short\n", ":1: a token is 16"),
                          ("ok-token-0123456789\nwith blank in it here\n", ":2: a token is 16"),
                          ("sha256:abc\n", ":1: 'sha256:' and 64"), ("sha256:" + "g" * 64, ":1: 'sha256:' and 64")):
            said = self.serve_fails("--token-file", self.file("tokens", text), status=2)
            self.assertIn(why, said)
            self.assertNotIn("blank", said)
        self.assertIn("others may read", self.serve_fails("--token-file", self.file("t", TOKEN, 0o644), status=1))
        self.assertIn("cannot read", self.serve_fails("--token-file", self.path("none"), status=1))
        server = self.serve("--no-db", "--token-file",
                            self.file("sums", "sha256:" + hashlib.sha256(TOKEN.encode()).hexdigest(), 0o644))
        self.assertNotEqual(self.status(server, headers=bearer(TOKEN)), 401)

    def test_a_token_that_is_withdrawn(self):
        path = self.file("tokens", TOKEN)
        server = self.serve("--no-db", "--token-file", path, "--interval", "200ms")
        self.wait_until(lambda: self.status(server, headers=bearer(TOKEN)) == 200, "let in")
        self.file("tokens", "the-other-token-of-today")
        self.wait_until(lambda: self.status(server, headers=bearer(TOKEN)) == 401, "not any more")
        self.assertEqual(self.status(server, headers=bearer("the-other-token-of-today")), 200)
        self.file("tokens", "x")
        server.wait_for("tokens and certificates stay as they were")
        self.assertEqual(self.status(server, headers=bearer("the-other-token-of-today")), 200)


class Logins(AccessCase):
    def test_users_with_bcrypt(self):
        path = self.file("web.yml", f"basic_auth_users:\n  alice: {bcrypt('secret')}\n  bob: {bcrypt('pässwörd: x')}\n")
        server = self.serve("--no-db", "--web-config", path)
        self.ready(server)
        for user, password in (("alice", "secret"), ("bob", "pässwörd: x"), ("alice", "secret")):
            self.wait_until(lambda who=(user, password): self.status(server, headers=basic(*who)) == 200, user)
        self.assertEqual(self.status(server, "/"), 401)  # a browser asks for a password by itself
        time.sleep(1.2)
        for user, password in (("alice", "Secret"), ("alice", ""), ("carol", "secret")):
            status, headers, _ = server.get("/metrics", headers=basic(user, password))
            self.assertEqual((status, headers["WWW-Authenticate"]), (401, 'Basic realm="aico2", charset="UTF-8"'))
        for headers in ({"Authorization": "Basic !!"}, {"Authorization": "Basic " + base64.b64encode(b"nocolon").decode()},
                        {"Authorization": "Basic " + base64.b64encode(b"alice:secret\0").decode()}, {}):
            self.assertEqual(self.status(server, headers=headers), 401)

    def test_guessing_is_slow_and_stops_nobody(self):
        path = self.file("web.yml", f"basic_auth_users: {{alice: '{bcrypt('secret', '$2b$10$abcdefghijklmnopqrstuu')}'}}\n")
        server = self.serve("--no-db", "--web-config", path)
        self.wait_until(lambda: self.status(server, headers=basic("alice", "secret")) == 200, "alice")
        # all at once: one after the other they may be as slow as they are let be, on a busy machine
        guesses = [server.connect() for _ in range(40)]
        for index, peer in enumerate(guesses):
            login = basic("alice", f"guess {index}")["Authorization"]
            peer.sendall(f"GET /metrics HTTP/1.1\r\nHost: localhost\r\nAuthorization: {login}\r\n\r\n".encode())
        statuses = [int(peer.recv(12)[9:]) for peer in guesses]
        self.assertEqual(set(statuses), {401, 429})
        began = time.monotonic()
        self.assertEqual(self.status(server, headers=basic("alice", "secret")), 200)  # remembered
        self.assertEqual(self.status(server, "/healthz"), 200)
        self.assertLess(time.monotonic() - began, 40)  # on a busy machine

    def test_guessing_from_many_addresses_keeps_nobody_out(self):
        """Twenty addresses of loopback guess all the time: who has logged in lately has a login checked all the same."""
        sums = {name: bcrypt(name + "-secret", f"$2b$08$abcdefghijklmnopqrst{name[0]}u") for name in ("alice", "bob", "carol")}
        path = self.file("web.yml", "basic_auth_users:\n" + "".join(f"  {name}: '{text}'\n" for name, text in sums.items()))
        server = self.serve("--no-db", "--web-config", path)
        self.wait_until(lambda: self.status(server, headers=basic("alice", "alice-secret")) == 200, "alice")
        over = threading.Event()
        guessed = collections.Counter()

        def guess(last):
            number = 0
            while not over.is_set():
                number += 1
                connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=60,
                                                        source_address=(f"127.0.0.{last}", 0))
                connection.request("GET", "/metrics", headers=basic("alice", f"guess {number}"))
                answer = connection.getresponse()
                guessed[answer.status] += 1
                if answer.status == 429:
                    self.assertEqual(answer.headers["Retry-After"], "1")
                connection.close()
                time.sleep(0.02)
        threads = [threading.Thread(target=guess, args=(last,)) for last in range(2, 22)]
        began = time.monotonic()
        for thread in threads:
            thread.start()
        self.addCleanup(over.set)
        time.sleep(2)
        statuses = []
        for name in ("bob", "carol"):  # passwords that were not checked yet, a second and a half apart
            statuses.append(self.status(server, headers=basic(name, name + "-secret")))
            time.sleep(1.5)
        over.set()
        for thread in threads:
            thread.join()
        self.assertEqual(statuses, [200, 200])
        self.assertGreater(guessed[429], 0)
        self.assertLess(guessed[401], 10 + 5 * (time.monotonic() - began))  # those that were checked: five a second
        self.assertEqual(set(guessed), {401, 429})

    def test_files_that_will_not_do(self):
        for text, why in ((f"basic_auth_users: {{alice: secret}}\n", "web.yml:1: 'alice': the password has to be a bcrypt"),
                          (f"basic_auth_users:\n  'a:b': {bcrypt('x')}\n", "no colon"),
                          ("basic_auth_user: {}\n", "unknown key, nearest is basic_auth_users"),
                          ("tls_server_config:\n  cert_fil: x\n", "web.yml:2: 'cert_fil': unknown key, nearest is cert_file"),
                          ("tls_server_config: {cert_file: x}\n", "without its key_file"),
                          ("tls_server_config: {cert_file: x, key_file: y, min_version: SSL3}\n", "TLS12 or TLS13"),
                          ("tls_server_config: {client_auth_type: RequireAnyClientCert}\n", "client certificates without cert_file"),
                          ("tls_server_config: {client_auth_type: Any}\n", "'Any': RequireAndVerifyClientCert"),
                          ("tls_server_config: {cipher_suites: [TLS_RSA_WITH_RC4_128_SHA]}\n", "no cipher suite that Go calls secure"),
                          ("tls_server_config: {cipher_suites: TLS_AES_128_GCM_SHA256}\n", "a list is wanted here"),
                          ("tls_server_config: {curve_preferences: [P256]}\n", "'P256': X25519, CurveP256"),
                          ("rate_limit: {interval: 1x}\n", "'1x': a duration up to a day"),
                          ("rate_limit: {interval: 1s, burst: 0}\n", "'0': a whole number from 1"),
                          ("rate_limit: {brust: 3}\n", "nearest is burst"),
                          ("http_server_config: {headers: {Set-Cookie: x}}\n", "not one of the headers"),
                          ("a: [\n", "web.yml:"), ("- x\n", "keys with their values"),
                          ("tls_server_config:\n client_allowed_sans:\n" + "".join(f" - h{i}\n" for i in range(10001)),
                           "web.yml:10003: 'h10000': the 10001st of a list that has room for 10000")):
            said = self.serve_fails("--web-config", self.file("web.yml", text))
            self.assertIn(why, said)

    def test_headers_of_ones_own(self):
        path = self.file("web.yml", "http_server_config:\n  http2: true\n  headers:\n    X-Frame-Options: deny\n"
                                    "    Content-Security-Policy: \"default-src 'self'\"\n")
        server = self.serve("--no-db", "--web-config", path)
        _, headers, _ = server.get("/healthz")
        self.assertEqual(headers["X-Frame-Options"], "deny")
        self.assertEqual(headers.get_all("Content-Security-Policy"), ["default-src 'self'"])
        self.assertEqual(headers["X-Content-Type-Options"], "nosniff")


class Rate(AccessCase):
    def test_as_many_as_the_limit_lets_through(self):
        path = self.file("web.yml", "rate_limit: {interval: 1m, burst: 3}\n")
        server = self.serve("--no-db", "--web-config", path)
        self.assertEqual([server.get("/openapi.json")[0] for _ in range(4)], [200, 200, 200, 429])
        status, headers, body = server.get("/nothing")
        self.assertEqual((status, headers["Retry-After"], headers["Content-Type"]), (429, "1", "application/problem+json"), body)
        self.assertEqual([server.get("/healthz")[0] for _ in range(5)], [200] * 5)
        self.file("web.yml", "rate_limit: {interval: 0s}\n")
        server.wait_for("were read anew")
        self.assertEqual([server.get("/openapi.json")[0] for _ in range(9)], [200] * 9)


class Ending(AccessCase):
    def test_what_is_being_asked_for_at_the_end(self):
        """A password is checked for longer than the end waits, and then there is no thread for the history."""
        salt = "$2b$15$abcdefghijklmnopqrstuu"  # a second and a half, and more: the end waits for half of one
        path = self.file("web.yml", f"basic_auth_users: {{alice: '{bcrypt('secret', salt)}'}}\n")
        server = self.serve("--web-config", path)
        login = basic("alice", "secret")["Authorization"]
        asking = [server.connect() for _ in range(3)]
        for peer in asking:
            peer.sendall(f"GET /api/v1/runs HTTP/1.1\r\nHost: localhost\r\nAuthorization: {login}\r\n\r\n".encode())
        time.sleep(0.3)
        self.assertEqual(server.stop(), 0, server.said())
        for peer in asking:
            answer = rest_of(peer)
            self.assertIn(answer[:12], (b"", b"HTTP/1.1 503"), answer)  # nothing was made that could be told


@unittest.skipUnless(shutil.which("openssl"), "openssl is not installed")
class Tls(AccessCase):
    def web(self, more=""):
        return self.file("web.yml", "tls_server_config:\n  cert_file: server.pem\n  key_file: server.key\n" + more)

    def test_https_with_a_token_off_loopback(self):
        self.certificate()
        tokens = self.file("tokens", TOKEN)
        said = self.serve_fails("--listen", "0.0.0.0:0", "--web-config", self.web())
        self.assertIn("anybody may ask", said)
        self.assertIn("there is no TLS", self.serve_fails("--listen", "0.0.0.0:0", "--token-file", tokens))
        server = self.serve("--no-db", "--listen", "0.0.0.0:0", "--web-config", self.web(), "--token-file", tokens, listen=False)
        self.wait_until(lambda: self.https(server, headers=bearer(TOKEN))[0] == 200, "/metrics")
        self.assertEqual(self.https(server)[0], 401)
        self.assertIn("https://0.0.0.0:", server.said())
        with self.assertRaises((http.client.HTTPException, OSError)):
            server.get("/healthz")  # no TLS, no answer

    def test_old_versions_are_not_spoken(self):
        self.certificate()
        server = self.serve("--no-db", "--web-config", self.web("  min_version: TLS13\n"))
        context = self.context()
        context.maximum_version = ssl.TLSVersion.TLSv1_2
        self.assertRaises(OSError, self.https, server, "/healthz", None, context)
        self.assertEqual(self.https(server, "/healthz")[0], 200)

    def test_a_certificate_that_is_renewed(self):
        self.certificate()
        server = self.serve("--no-db", "--web-config", self.web(), "--interval", "200ms")
        kept = http.client.HTTPSConnection("localhost", server.port, timeout=60, context=self.context())
        self.addCleanup(kept.close)
        kept.request("GET", "/healthz")
        self.assertEqual(kept.getresponse().read(), b"ok\n")
        old = self.context()
        self.certificate()

        def renewed():
            try:
                return self.https(server, "/healthz")[0] == 200
            except ssl.SSLError:
                return False
        self.wait_until(renewed, "the new certificate")
        self.assertRaises(ssl.SSLError, self.https, server, "/healthz", None, old)
        kept.request("GET", "/healthz")  # whoever was connected stays so
        self.assertEqual(kept.getresponse().read(), b"ok\n")
        self.file("server.key", "rubbish")
        server.wait_for("tokens and certificates stay as they were")
        self.assertEqual(self.https(server, "/healthz")[0], 200)
        self.assertEqual(server.stop(), 0)

    def test_certificates_that_change_faster_than_clients_leave(self):
        """The oldest of those that still have clients is ended, unless one of them waits for an answer: then the next."""
        for name in ("one", "two"):
            self.certificate(name)
        salt = "$2b$15$abcdefghijklmnopqrstuu"  # some seconds
        path = self.web(f"basic_auth_users: {{alice: '{bcrypt('secret', salt)}'}}\n")
        context = ssl._create_unverified_context()  # pylint: disable=protected-access

        def change(index):
            for ending in ("pem", "key"):
                shutil.copy(self.path(f"{('one', 'two')[index % 2]}.{ending}"), self.path(f"server.{ending}"))

        change(0)
        server = self.serve("--no-db", "--web-config", path)
        peers = []
        for index in range(17):
            peer = context.wrap_socket(server.connect())
            peer.sendall(b"GET /healthz HTTP/1.1\r\nHost: localhost\r\n\r\n")
            self.assertEqual(peer.recv(12), b"HTTP/1.1 200")
            peers.append(peer)
            if index == 16:
                for at in (1, 2, 0):  # one after the other: the first's is the last to be checked
                    login = basic("alice", f"secret{at}")["Authorization"]
                    peers[at].sendall(f"GET /readyz2 HTTP/1.1\r\nHost: localhost\r\nAuthorization: {login}\r\n\r\n".encode())
                time.sleep(0.2)
            told = server.said().count("the configuration was read anew")
            change(index + 1)
            server.process.send_signal(signal.SIGHUP)
            self.wait_until(lambda told=told: server.said().count("the configuration was read anew") > told, "reloaded")
        self.assertEqual(self.https(server, "/healthz", context=context)[0], 200, server.said())
        # nobody waits for the password: the first of those that asked with one has no answer yet
        rest = b""  # of the answer before
        while not rest.endswith(b"\r\n\r\nok\n"):
            rest += peers[0].recv(4096)
        peers[0].settimeout(0.01)
        with self.assertRaises(TimeoutError):
            peers[0].recv(1)
        self.assertEqual(server.stop(), 0, server.said())

    def agreed(self, server, suites, version=ssl.TLSVersion.TLSv1_2, path="/healthz"):
        """(suite, status) of one request by a client that knows these alone; None: they did not agree."""
        context = self.context()
        context.maximum_version = version
        context.set_ciphers(suites)
        try:
            peer = context.wrap_socket(server.connect(), server_hostname="localhost")
        except (ssl.SSLError, ConnectionResetError):
            return None
        with peer:
            peer.sendall(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
            return peer.cipher()[0], int(peer.recv(65536).split()[1])

    def test_cipher_suites_by_the_names_of_go(self):
        self.certificate()
        path = self.web("  cipher_suites: [TLS_ECDHE_ECDSA_WITH_AES_128_GCM_SHA256, TLS_ECDHE_ECDSA_WITH_AES_256_CBC_SHA]\n"
                        "  curve_preferences: [CurveP256, X25519MLKEM768]\n")
        server = self.serve("--no-db", "--web-config", path)
        self.assertNotIn("warning", server.said())
        allowed, cbc, other = "ECDHE-ECDSA-AES128-GCM-SHA256", "ECDHE-ECDSA-AES256-SHA", "ECDHE-ECDSA-AES256-GCM-SHA384"
        self.assertEqual(self.agreed(server, allowed), (allowed, 200))
        self.assertEqual(self.agreed(server, cbc), (cbc, 200))
        self.assertEqual(self.agreed(server, f"{other}:{allowed}"), (allowed, 200))
        self.assertIn(self.agreed(server, other), (None, (other, 403)))
        self.assertIn(self.agreed(server, "ECDHE-ECDSA-AES128-SHA"), (None, ("ECDHE-ECDSA-AES128-SHA", 403)))
        self.assertIsNone(self.agreed(server, "ECDHE-RSA-AES128-GCM-SHA256"))
        self.assertEqual(self.agreed(server, other, ssl.TLSVersion.TLSv1_3)[1], 200)  # those of 1.3 are always there
        for curve, status in (("prime256v1", True), ("secp384r1", False)):
            done = subprocess.run(["openssl", "s_client", "-connect", f"localhost:{server.port}", "-groups", curve],
                                  stdin=subprocess.DEVNULL, capture_output=True, check=False, timeout=60)
            self.assertEqual(done.returncode == 0, status, done.stderr)

    def test_any_certificate_of_a_client(self):
        self.certificate()
        self.certificate("stranger")
        path = self.web("  client_auth_type: RequireAnyClientCert\n")
        server = self.serve("--no-db", "--web-config", path)
        self.assertEqual(self.https(server, "/healthz")[0], 403)
        self.assertEqual(self.https(server, "/healthz", context=self.context(client="stranger"))[0], 200)
        # it proves nothing, so it opens nothing to other machines
        said = self.aico2("serve", "--listen", "0.0.0.0:0", "--no-db", "--web-config", path).stderr
        self.assertIn("anybody may ask", said)
        self.web("  client_auth_type: RequestClientCert\n")
        server.process.send_signal(signal.SIGHUP)
        server.wait_for("read anew")
        self.assertEqual(self.https(server, "/healthz")[0], 200)

    def test_certificates_of_clients(self):
        self.certificate()
        self.certificate("ca", subject="our-ca")
        self.certificate("good", "ca", "prometheus.example")
        self.certificate("other", "ca", "other.example")
        self.certificate("strange", subject="prometheus.example")
        more = "  client_ca_file: ca.pem\n  client_auth_type: %s\n"
        server = self.serve("--no-db", "--listen", "0.0.0.0:0", "--web-config", self.web(
            more % "RequireAndVerifyClientCert" + "  client_allowed_sans: [prometheus.example]\n"), listen=False)
        self.wait_until(lambda: self.https(server, context=self.context(client="good"))[0] == 200, "let in")
        for client in ("other", "strange", None):
            self.assertEqual(self.https(server, context=self.context(client=client))[0], 403, client)
        server = self.serve("--no-db", "--web-config", self.web(more % "VerifyClientCertIfGiven"))
        self.wait_until(lambda: self.https(server, "/readyz")[0] == 200, "ready")
        for client, status in (("good", 200), ("other", 200), ("strange", 403), (None, 200)):
            self.assertEqual(self.https(server, "/readyz", context=self.context(client=client))[0], status, client)

    def test_files_that_will_not_do(self):
        self.certificate()
        self.certificate("other")
        os.rename(self.path("other.key"), self.path("server.key"))
        self.assertIn("certificate and key cannot be used", self.serve_fails("--web-config", self.web()))
        self.certificate(mode=0o644)
        self.assertIn("everybody may read the key", self.serve_fails("--web-config", self.web(), status=1))
        os.unlink(self.path("server.pem"))
        self.assertIn("server.pem", self.serve_fails("--web-config", self.web(), status=1))


if __name__ == "__main__":
    unittest.main()
