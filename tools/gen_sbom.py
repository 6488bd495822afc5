#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
"""gen_sbom.py - what the programs are made of, as SPDX 2.3 and as CycloneDX 1.5

    gen_sbom.py VERSION LOCKFILE SPDX_OUT CYCLONEDX_OUT NAME=VERSION...

NAME=VERSION are the libraries that are linked, by their pkg-config names, as Meson found them. Of the page's packages those
of the lock file that are no development tools are in it: their code is in the program. Both documents are the same whenever
they are made: their time is that of SOURCE_DATE_EPOCH, else of the release."""
import base64
import hashlib
import json
import os
import sys
import time
import uuid

NAME = "AI_Co2_Calculator"
RELEASED = 1795694400  # of 0.1.0
SUPPLIER = "The AI_Co2_Calculator authors"
# pkg-config name -> name, licence, and the program that is linked with it
LIBRARIES = {
    "sqlite3": ("sqlite", "blessing", "all programs but aico2-sensord, libaico2"),
    "yaml-0.1": ("libyaml", "MIT", "aico2, aico2-serve, aico2-stack"),
    "libcurl": ("curl", "curl", "aico2-fetch"),
    "jansson": ("jansson", "MIT", "aico2-fetch, aico2-serve"),
    "expat": ("expat", "MIT", "aico2-fetch"),
    "snappy": ("snappy", "BSD-3-Clause", "aico2-fetch"),
    "libmicrohttpd": ("libmicrohttpd", "LGPL-2.1-or-later", "aico2-serve"),
    "gnutls": ("gnutls", "LGPL-2.1-or-later", "aico2-serve"),
    "zlib": ("zlib", "Zlib", "aico2-serve"),
    "ncursesw": ("ncurses", "X11-distribute-modifications-variant", "aico2-top"),
}


# Only the page's builder reads these, and puts what it read into the page.
DATA = {"world-atlas"}


class Part:
    """A library that is linked, or a package whose code is in the page."""

    def __init__(self, name, version, licence, url, where, linked):
        self.name, self.version, self.licence, self.url, self.where, self.linked = name, version, licence, url, where, linked
        self.key = "".join(letter if letter.isalnum() else "-" for letter in name)
        self.sha512 = None


def libraries(words):
    for word in words:
        key, _, version = word.partition("=")
        if key not in LIBRARIES:
            sys.exit(f"'{key}' is a library whose licence is not known here: a row of LIBRARIES is missing")
        name, licence, where = LIBRARIES[key]
        yield Part(name, version, licence, f"pkg:generic/{name}@{version}", where, True)


def packages(lockfile):
    with open(lockfile, encoding="utf-8") as file:
        rows = json.load(file)["packages"]
    for path, row in rows.items():
        name = path.rpartition("node_modules/")[2]
        if not name or (row.get("dev") and name not in DATA):
            continue
        purl = name.replace("@", "%40")
        part = Part(name, row["version"], row["license"], f"pkg:npm/{purl}@{row['version']}", "the page of aico2-serve", False)
        kind, _, digest = row.get("integrity", "").partition("-")
        if kind == "sha512":
            part.sha512 = hexadecimal(digest)
        yield part


def hexadecimal(text):
    return base64.b64decode(text).hex()


def spdx(version, parts, when, digest):
    return {
        "spdxVersion": "SPDX-2.3",
        "dataLicense": "CC0-1.0",
        "SPDXID": "SPDXRef-DOCUMENT",
        "name": f"{NAME}-{version}",
        "documentNamespace": f"https://spdx.org/spdxdocs/{NAME}-{version}-{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "creationInfo": {"created": when, "creators": [f"Organization: {SUPPLIER}", f"Tool: aico2-gen_sbom-{version}"]},
        "packages": [{
            "SPDXID": "SPDXRef-aico2",
            "name": NAME,
            "versionInfo": version,
            "supplier": f"Organization: {SUPPLIER}",
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "licenseConcluded": "Apache-2.0",
            "licenseDeclared": "Apache-2.0",
            "copyrightText": SUPPLIER,
        }] + [{
            "SPDXID": f"SPDXRef-{part.key}",
            "name": part.name,
            "versionInfo": part.version,
            "downloadLocation": "NOASSERTION",
            "filesAnalyzed": False,
            "licenseConcluded": part.licence,
            "licenseDeclared": part.licence,
            "copyrightText": "NOASSERTION",
            "comment": f"in: {part.where}",
            "externalRefs": [{"referenceCategory": "PACKAGE-MANAGER", "referenceType": "purl", "referenceLocator": part.url}],
            **({"checksums": [{"algorithm": "SHA512", "checksumValue": part.sha512}]} if part.sha512 else {}),
        } for part in parts],
        "relationships": [{"spdxElementId": "SPDXRef-DOCUMENT", "relationshipType": "DESCRIBES", "relatedSpdxElement": "SPDXRef-aico2"}]
        + [{"spdxElementId": "SPDXRef-aico2", "relationshipType": "DYNAMIC_LINK" if part.linked else "CONTAINS",
            "relatedSpdxElement": f"SPDXRef-{part.key}"} for part in parts],
    }


def licence_of(expression):
    """CycloneDX has identifiers and expressions apart."""
    return [{"expression": expression}] if " " in expression else [{"license": {"id": expression}}]


def cyclonedx(version, parts, when, digest):
    return {
        "$schema": "http://cyclonedx.org/schema/bom-1.5.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "serialNumber": f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, digest)}",
        "version": 1,
        "metadata": {
            "timestamp": when,
            "component": {"type": "application", "bom-ref": "aico2", "name": NAME, "version": version,
                          "supplier": {"name": SUPPLIER}, "licenses": licence_of("Apache-2.0")},
        },
        "components": [{
            "type": "library", "bom-ref": part.key, "name": part.name, "version": part.version, "purl": part.url,
            "licenses": licence_of(part.licence), "description": f"in: {part.where}",
            **({"hashes": [{"alg": "SHA-512", "content": part.sha512}]} if part.sha512 else {}),
        } for part in parts],
        "dependencies": [{"ref": "aico2", "dependsOn": [part.key for part in parts]}]
        + [{"ref": part.key, "dependsOn": []} for part in parts],
    }


def main(words):
    if len(words) < 4:
        sys.exit(__doc__)
    version, lockfile, spdx_out, cyclonedx_out = words[:4]
    parts = sorted([*libraries(words[4:]), *packages(lockfile)], key=lambda part: part.key)
    when = time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(int(os.environ.get("SOURCE_DATE_EPOCH", RELEASED))))
    digest = hashlib.sha256(repr([(part.url, part.licence) for part in parts] + [version]).encode()).hexdigest()
    for path, document in ((spdx_out, spdx(version, parts, when, digest)), (cyclonedx_out, cyclonedx(version, parts, when, digest))):
        with open(path, "w", encoding="utf-8") as file:
            json.dump(document, file, indent=1, ensure_ascii=False)
            file.write("\n")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
