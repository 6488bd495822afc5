#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gen_web_assets.py - the page of web/dist and the API's description as C arrays: compressed, with their entity tags and
what the page's policy allows.

    gen_web_assets.py DIST OPENAPI OUTPUT
"""
import base64
import gzip
import hashlib
import pathlib
import re
import sys

POLICY = ("default-src 'none'; script-src 'self' {scripts}; style-src {styles}; connect-src 'self'; img-src 'self' data:; "
          "base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
COLUMNS = 20
# What the page sees where a token alone lets in (web/src/token.ts): it shows its form before it asks for anything.
OPEN, LOCKED = b'<html lang="en">', b'<html lang="en" data-login="token">'


def hashes(page, element):
    """Of each inline script or style, as the policy names them."""
    texts = re.findall(rb"<%s\b[^>]*>(.*?)</%s>" % (element, element), page, re.DOTALL)
    if not texts:
        sys.exit(f"index.html has no <{element.decode()}>")
    return " ".join(f"'sha256-{base64.b64encode(hashlib.sha256(text).digest()).decode()}'" for text in texts)


def array(name, data):
    packed = gzip.compress(data, 9, mtime=0)
    rows = [", ".join(map(str, packed[at:at + COLUMNS])) for at in range(0, len(packed), COLUMNS)]
    tag = hashlib.sha256(data).hexdigest()[:24]
    return (f"static const unsigned char {name}_gzip[] = {{\n    " + ",\n    ".join(rows) + "\n};\n"
            f'static const char {name}_tag[] = "\\"{tag}\\"";\n'
            f"enum {{ {name}_length = {len(data)} }};\n")


def locked(page):
    """The page where a token is asked for."""
    if page.count(OPEN) != 1:
        sys.exit(f"index.html: {OPEN.decode()} is wanted, once")
    return page.replace(OPEN, LOCKED)


def main():
    dist, openapi, output = map(pathlib.Path, sys.argv[1:])
    page = (dist / "index.html").read_bytes()
    policy = POLICY.format(scripts=hashes(page, b"script"), styles=hashes(page, b"style"))
    text = ("/* made by tools/gen_web_assets.py of web/dist and openapi.json */\n" + array("web_index", page)
            + array("web_locked", locked(page)) + array("web_more", (dist / "more.js").read_bytes())
            + array("web_openapi", openapi.read_bytes())
            + "static const char web_policy[] =\n    \"" + policy.replace('"', '\\"') + "\";\n")
    output.write_text(text, encoding="utf-8")


if __name__ == "__main__":
    main()
