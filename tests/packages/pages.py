# SPDX-License-Identifier: Apache-2.0
"""pages.py - the documents of a package: do they find what they link?"""
import os
import re

# Of the source and of no package of documents: what is built, and what developers' packages have where compilers look.
OF_THE_SOURCE = {"LICENSE", "contrib/container/Containerfile", "contrib/rpm/aico2.spec", "include/aico2", "include/aico2/sensord.h",
                 "tests/machines/README.md"}
LINK = re.compile(r"\]\(([^)#:]+)(?:#[^)]*)?\)")


def dead_links(root):
    """Files that a page below this folder links and that are not there, by their names from the folder."""
    found = set()
    for folder, _, names in os.walk(root):
        for name in names:
            if name.endswith(".md"):
                with open(os.path.join(folder, name), encoding="utf-8") as handle:
                    targets = (os.path.join(folder, link) for link in LINK.findall(handle.read()))
                    found |= {os.path.relpath(target, root) for target in targets if not os.path.exists(target)}
    return found
