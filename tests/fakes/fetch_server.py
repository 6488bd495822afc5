# SPDX-License-Identifier: Apache-2.0
"""fetch_server.py - a provider on loopback that does what a test tells it to, byte by byte, with TLS or without."""
import os
import socket
import ssl
import subprocess
import threading
import time


class Server:
    """Each connection is handed to `handler(exchange)`; requests are noted in `requests`."""

    def __init__(self, handler, context=None, port=0):
        self.handler = handler
        self.context = context
        self.requests = []  # (method, path, headers by lower-case name)
        self.listener = socket.create_server(("127.0.0.1", port))
        self.port = self.listener.getsockname()[1]
        self.url = f"{'https' if context else 'http'}://localhost:{self.port}"
        self.closing = False
        self.thread = threading.Thread(target=self.accept, daemon=True)
        self.thread.start()

    def accept(self):
        while not self.closing:
            try:
                connection, _ = self.listener.accept()
            except OSError:
                return
            threading.Thread(target=self.serve, args=(connection,), daemon=True).start()

    def serve(self, connection):
        connection.settimeout(30)
        try:
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            while not self.closing and Exchange(self, connection).run():
                pass
        except (OSError, ValueError):
            pass  # the client hung up, as it should in many a test
        finally:
            try:
                connection.close()
            except OSError:
                pass

    def close(self):
        self.closing = True
        self.listener.shutdown(socket.SHUT_RDWR)
        self.listener.close()
        self.thread.join()


class Exchange:
    def __init__(self, server, connection):
        self.server = server
        self.connection = connection
        self.keep = False

    def run(self):
        text = b""
        while b"\r\n\r\n" not in text:
            got = self.connection.recv(65536)
            if not got:
                return False
            text += got
        lines = text.split(b"\r\n\r\n")[0].decode("latin-1").split("\r\n")
        self.method, self.path, _ = lines[0].split(" ")
        self.headers = {}
        for line in lines[1:]:
            name, value = line.split(":", 1)
            self.headers[name.strip().lower()] = value.strip()
        self.body = text.split(b"\r\n\r\n", 1)[1]
        while len(self.body) < int(self.headers.get("content-length", 0)):
            got = self.connection.recv(65536)
            if not got:
                return False
            self.body += got
        self.server.requests.append((self.method, self.path, self.headers))
        self.server.handler(self)
        return self.keep

    def raw(self, data):
        self.connection.sendall(data)

    def reply(self, body=b"", status=200, headers=(), length=None):
        """A whole answer; with `length` another one than it has."""
        if isinstance(body, str):
            body = body.encode()
        lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}",
                 *headers]
        self.keep = length is None
        self.raw("\r\n".join(lines).encode() + b"\r\n\r\n" + body)

    def drip(self, data, pause=0.2):
        for byte in data:
            self.raw(bytes([byte]))
            time.sleep(pause)


def certificates(folder):
    """Server contexts by name, and "ca": the path of the authority that signed those that are good."""
    def openssl(*words):
        subprocess.run(["openssl", *words], check=True, cwd=folder, stdout=subprocess.DEVNULL,
                       stderr=subprocess.PIPE)

    def signed(name, subject, *days):
        with open(os.path.join(folder, name + ".ext"), "w") as file:
            file.write(f"subjectAltName=DNS:{subject}\nbasicConstraints=CA:FALSE\n")
        openssl("req", "-newkey", "rsa:2048", "-nodes", "-keyout", name + ".key", "-out", name + ".csr",
                "-subj", f"/CN={subject}")
        openssl("x509", "-req", "-in", name + ".csr", "-CA", "ca.pem", "-CAkey", "ca.key", "-CAcreateserial",
                "-out", name + ".pem", "-extfile", name + ".ext", *days)

    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "ca.key", "-out", "ca.pem", "-days", "30",
            "-subj", "/CN=test authority", "-addext", "basicConstraints=critical,CA:TRUE",
            "-addext", "keyUsage=critical,keyCertSign")
    openssl("req", "-x509", "-newkey", "rsa:2048", "-nodes", "-keyout", "self.key", "-out", "self.pem", "-days", "30",
            "-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost")
    signed("good", "localhost", "-days", "30")
    signed("other", "elsewhere.example", "-days", "30")
    signed("expired", "localhost", "-days", "-1")
    found = {"ca": os.path.join(folder, "ca.pem")}
    for name in ("good", "other", "expired", "self"):
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(os.path.join(folder, name + ".pem"), os.path.join(folder, name + ".key"))
        found[name] = context
    return found
