# SPDX-License-Identifier: Apache-2.0
"""serve_questions.py - what may be asked, from /openapi.json: each route with values that are good, bad and nasty."""
import json
import random
import urllib.parse

# One file by fourteen spellings of a way up: each is tried behind each beginning of a path.
TRAVERSALS = [
    "../../../../etc/passwd",                       # as it is
    "..\\..\\..\\..\\etc\\passwd",                  # backslashes
    "%2e%2e/%2e%2e/%2e%2e/etc/passwd",              # dots encoded
    "..%2f..%2f..%2fetc%2fpasswd",                  # slashes encoded
    "%2e%2e%2f%2e%2e%2f%2e%2e%2fetc%2fpasswd",      # both
    "%252e%252e%252f%252e%252e%252fetc%252fpasswd",  # encoded twice
    "..%5c..%5c..%5cetc%5cpasswd",                  # backslashes encoded
    "%c0%ae%c0%ae/%c0%ae%c0%ae/etc/passwd",         # overlong UTF-8 of a dot
    "..%c0%af..%c0%af..%c0%afetc%c0%afpasswd",      # overlong UTF-8 of a slash
    "....//....//....//etc/passwd",                 # what is left once "../" was taken out
    "..;/..;/..;/etc/passwd",                       # a parameter of a path
    "..%00/..%00/etc/passwd",                       # NUL
    ".%2e/%2e./.%2E/etc/passwd",                    # mixed
    "%u002e%u002e/%u2215etc%u2215passwd",           # escapes of another kind
]

TEXTS = [
    "", " ", "0", "-1", "1e999", "99999999999999999999", "NaN", "null", "true", "[]", "{}", "'", "\"", "\\", "%", "%s%n",
    "' OR 1=1 --", "'; DROP TABLE runs; --", "1 UNION SELECT 1,2,3", "<script>alert(1)</script>", "${7*7}", "{{7*7}}",
    "$(id)", "`id`", "\r\nX-Injected: 1", "\n", "a\tb", "../../etc/passwd", "ünïcödé", "日本語", "\u202egnp.exe", "🏭",
    "a" * 3000, "last", "01AAAAAAAAAAAAAAAAAAAAAAAA", "-0", "+1", "0x10", "1_000", "٣", "\x7f", "\ufeff", "FR ", "fr",
]
RAW = ["%00", "%ff", "%c3%28", "%", "%zz", "%e2%82", "%ed%a0%80", "%0d%0aX-Injected:%201", "%252e"]  # as they are in a URL
BODIES = [
    b"", b" ", b"{", b"}", b"[]", b"{}", b"null", b"1", b'"x"', b"\xff\xfe", b'{"a": "\xff"}', b"\xef\xbb\xbf{}", b"\x00",
    b'{"a":1,"a":2}', b"[" * 10000, b'{"a":' * 5000, b'{"a": 1e999}', b'{"a": NaN}', b"{'a': 1}", b"<a/>", b"a=1&b=2",
    b'{"\\u0000": 1}', b'{"a": "\\ud800"}', b'{"__proto__": {"x": 1}}', b"\x1f\x8b\x08\x00\x00\x00\x00\x00",
]
METHODS = ["GET", "HEAD", "POST", "PUT", "DELETE", "PATCH", "TRACE", "CONNECT", "OPTIONS", "PROPFIND", "get", "BREW"]


class Operation:
    """One method of one path."""

    def __init__(self, description, path, method, document):
        self.description, self.path, self.method, self.document = description, path, method.upper(), document
        self.parameters = document.get("parameters", [])
        self.statuses = {int(status) for status in document["responses"]}

    def resolved(self, part):
        while "$ref" in part:
            name, part = part["$ref"].removeprefix("#/").split("/"), self.description
            for word in name:
                part = part[word]
        return part

    def body_schema(self):
        content = self.document.get("requestBody", {}).get("content", {})
        return self.resolved(content["application/json"]["schema"]) if "application/json" in content else None

    def good_body(self):
        """With every property that must be there, of its type."""
        schema = self.body_schema()
        if schema is None:
            return None
        values = {"string": "FR", "number": 1, "integer": 1, "boolean": True, "array": [], "object": {}}
        properties = schema.get("properties", {})
        return {name: values[self.resolved(properties.get(name, {})).get("type", "string")]
                for name in schema.get("required", [])}

    def target(self, values, query=()):
        """The path with what stands in it, as it is to be in a request line."""
        path = self.path
        for parameter in self.parameters:
            if parameter["in"] == "path":
                path = path.replace("{%s}" % parameter["name"], values.get(parameter["name"], "x"))
        return path + ("?" + "&".join(query) if query else "")

    def is_endless(self, query):
        """Streams and long polls are asked for with an end."""
        return self.path == "/api/v1/live" and "wait=0" not in query


def operations(description):
    return [Operation(description, path, method, document) for path, methods in description["paths"].items()
            for method, document in methods.items() if method in ("get", "post", "put", "delete", "patch")]


class Questions:
    """Any number of requests out of the description; the same seed gives the same ones."""

    def __init__(self, description, known, seed):
        self.random, self.known = random.Random(seed), known
        self.operations = operations(description)

    def text(self):
        if self.random.random() < 0.3:
            return self.random.choice(RAW)
        if self.random.random() < 0.2:
            return urllib.parse.quote("".join(chr(self.random.choice([self.random.randrange(1, 128),
                                                                      self.random.randrange(160, 0xd800)]))
                                              for _ in range(self.random.randrange(1, 30))), safe="")
        return urllib.parse.quote(self.random.choice(TEXTS), safe="")

    def value(self, parameter):
        return self.known[parameter["name"]] if parameter["name"] in self.known and self.random.random() < 0.5 else self.text()

    def body(self, operation):
        good = operation.good_body()
        if good is None or self.random.random() < 0.4:
            return self.random.choice(BODIES)
        names = list(operation.body_schema().get("properties", {})) or ["x"]
        for _ in range(self.random.randrange(3)):
            good[self.random.choice(names)] = self.random.choice(
                [None, True, -1, 1e308, 2 ** 63, [], {}, self.random.choice(TEXTS)])
        return json.dumps(good).encode()

    def headers(self, post):
        lines = []
        if post and self.random.random() < 0.8:
            lines.append("Content-Type: " + self.random.choice(
                ["application/json"] * 4 + ["text/plain", "application/xml", "", "application/json; charset=utf-16",
                                            "multipart/form-data; boundary=x"]))
        for line in ("Accept: */*;q=x", "Accept-Encoding: gzip;q=-1, *", "Origin: http://evil.example", "Range: bytes=0-1",
                     "If-None-Match: *", "Authorization: Basic !!!", "Authorization: Bearer x", "Last-Event-ID: -1",
                     "Content-Encoding: gzip", "X-Forwarded-For: ::1", "Cookie: a=b", "Expect: 100-continue",
                     "Upgrade: h2c", "Connection: close, x"):
            if self.random.random() < 0.06:
                lines.append(line)
        return lines

    def next(self):
        """(operation, bytes of a request): whole lines, so that what is answered is about what is asked."""
        operation = self.random.choice(self.operations)
        method = operation.method if self.random.random() < 0.85 else self.random.choice(METHODS)
        query = [f"{parameter['name']}={self.value(parameter)}" for parameter in operation.parameters
                 if parameter["in"] == "query" and self.random.random() < 0.8]
        while self.random.random() < 0.15:
            query.append(f"{self.text()}={self.text()}")
        if operation.is_endless(query):
            query = [part for part in query if not part.startswith("wait")] + ["wait=0"]
        target = operation.target({parameter["name"]: self.value(parameter) for parameter in operation.parameters}, query)
        body = self.body(operation) if method in ("POST", "PUT", "PATCH") else b""
        lines = [f"{method} {target} HTTP/1.1", "Host: localhost", *self.headers(bool(body))]
        head = "\r\n".join(lines).encode("latin-1", "replace")
        if body and self.random.random() < 0.2:
            half = len(body) // 2
            chunks = b"".join(b"%x\r\n%s\r\n" % (len(part), part) for part in (body[:half], body[half:]) if part)
            return operation, head + b"\r\nTransfer-Encoding: chunked\r\n\r\n" + chunks + b"0\r\n\r\n"
        if body:
            head += b"\r\nContent-Length: %d" % len(body)
        return operation, head + b"\r\n\r\n" + body
