# SPDX-License-Identifier: Apache-2.0
"""test_security.py - SECURITY.md names every source that opens more than files, every folder of /proc and /sys, and a test of each threat"""
import os
import re
import unittest

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
CALLS = re.compile(r"(?<![\w.>])(?:socket|dlopen|posix_openpt|memfd_create|inotify_init1|mkfifoat|setresuid|posix_spawn|fexecve|exec[lv]p?e?)\("
                   r"|SYS_(?:perf_event_open|pidfd_open|capset|seccomp)\b|PR_SET_(?:CHILD_SUBREAPER|DUMPABLE)\b")
COMMENT = re.compile(r"/\*.*?\*/", re.DOTALL)
# below a root that is open: openat(proc_fd, "x"), fs_read_text_at(env->etc_fd, "x"
NAMED = re.compile(r'\b(proc|etc|dev)_fd,\s*"([\w-][\w./-]*)"')
# out of such a root, to the system's own: exists(root_child_fd, "../x")
ABOVE = re.compile(r'_fd,\s*"\.\.(/[\w./-]+)"')
FOLDER = re.compile(r'"((?:self|class|bus|devices|firmware|kernel|fs|sys|var/lib)/[\w.]+)')


def read(path):
    with open(os.path.join(ROOT, path), encoding="utf-8") as handle:
        return handle.read()


def sources():
    for folder, _, names in os.walk(os.path.join(ROOT, "src")):
        for name in sorted(names):
            if name.endswith(".c"):
                path = os.path.relpath(os.path.join(folder, name), ROOT)
                yield path, COMMENT.sub("", read(path))


def table(page, head):
    """Rows of the table with this head, as lists of cells."""
    lines = page[page.index(head):].splitlines()[2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[:[*map(bool, lines), False].index(False)]]


def has_test(path, name):
    return re.search(rf"(?:def {name}\(self|void {name}\(void \*\*state)", read(path)) is not None


def opens(text):
    return CALLS.search(text) is not None


def folders(text):
    return set(FOLDER.findall(text))


def files(text):
    return set(NAMED.findall(text))


def is_named(root, name, cells):
    parts = name.split("/")
    for end in range(1, len(parts) + 1):
        part = "/".join(parts[:end])
        if f"`{part}`" in cells or re.search(rf"`/{root}/{re.escape(part)}[`/]", cells):
            return True
    return False


class Page(unittest.TestCase):
    def setUp(self):
        self.page = read("SECURITY.md")

    def test_every_source_that_opens_more_than_files_is_named(self):
        found = [path for path, text in sources() if opens(text)]
        self.assertGreater(len(found), 10)
        self.assertEqual([path for path in found if f"`{path}`" not in self.page], [])

    def test_every_folder_of_the_kernel_is_named(self):
        missing = {(path, folder) for path, text in sources() for folder in folders(text) if folder not in self.page}
        self.assertEqual(missing, set())

    def test_every_file_below_a_root_is_named(self):
        """`/proc`: `stat`, ... or `/etc/timezone`; of what has a row as a folder, the folder."""
        found = {(root, name) for _, text in sources() for root, name in files(text)}
        self.assertGreater(len(found), 20)
        cells = "\n".join(row[0] for row in table(self.page, "| files | who may | for |"))
        self.assertEqual({(root, name) for root, name in found if not is_named(root, name, cells)}, set())

    def test_every_file_above_a_root_is_named(self):
        found = {name for _, text in sources() for name in ABOVE.findall(text)}
        self.assertGreater(len(found), 2)
        cells = "\n".join(row[0] for row in table(self.page, "| files | who may | for |"))
        self.assertEqual({name for name in found if f"`{name}`" not in cells}, set())

    def test_every_file_that_is_named_is_opened_somewhere(self):
        text = "\n".join(text for _, text in sources())
        ours = "\n".join(" | ".join(row) for row in table(self.page, "| files | who may | for |") if not row[0].startswith("what libraries"))
        names = {re.sub(r"(?<=\w)N$", "", name.rstrip("/").rsplit("/", 1)[-1]) for line in ours.splitlines() for name in re.findall(r"`([^`]+)`", line.split(" | ")[0])}
        self.assertGreater(len(names), 50)
        self.assertEqual({name for name in names if name not in text}, set())

    def test_what_is_named_is_there(self):
        for path in re.findall(r"`((?:src|tests)/[\w/.]+)`", self.page):
            self.assertTrue(os.path.exists(os.path.join(ROOT, path)), path)

    def test_every_threat_has_a_test(self):
        assets = [row[0] for row in table(self.page, "| asset | what could happen | what is done |")]
        held = table(self.page, "| asset | test |")
        self.assertGreater(len(assets), 10)
        self.assertEqual([row[0] for row in held], assets)
        for asset, tests in held:
            named = re.findall(r"`(tests/[\w/]+\.(?:py|c))::(\w+)`", tests)
            self.assertTrue(named, asset)
            self.assertEqual(len(named), tests.count("`") // 2, f"{asset}: a test is named as `path::function`")
            for path, name in named:
                self.assertTrue(has_test(path, name), f"{path} has no {name}")

    def test_what_is_missing_would_be_seen(self):
        self.assertTrue(opens("int fd = socket(AF_INET, 0, 0);"))
        self.assertTrue(opens("syscall(SYS_seccomp, 1)"))
        self.assertEqual(table("| a | b |\n|---|---|\n| x | y |\n| z | `w` |\n\n| c |\n", "| a | b |"), [["x", "y"], ["z", "`w`"]])
        self.assertFalse(has_test("tests/style/test_security.py", "test_nothing"))
        self.assertTrue(has_test("tests/unit/test_base.c", "test_u64_is_strict"))
        self.assertFalse(opens("close_socket(fd); row->socket(3); pid = fork();"))
        self.assertEqual(folders('open("class/tpm/x"); f("a/class/b")'), {"class/tpm"})
        self.assertEqual(files('openat(proc_fd, "a-b/c"); f(env->etc_fd,\n  "d"); g(sys_fd, "e"); h(proc_fd, ".")'),
                         {("proc", "a-b/c"), ("etc", "d")})
        self.assertTrue(opens("inotify_init1(0);") and opens("prctl(PR_SET_DUMPABLE, 0);") and not opens("prctl(PR_SET_NAME, x);"))
        self.assertEqual(ABOVE.findall('exists(root_child_fd, "../run/.x")'), ["/run/.x"])
        self.assertTrue(is_named("etc", "d", "| `/etc/d` |") and is_named("proc", "a/b", "| `/proc`: `a` |"))
        self.assertFalse(is_named("etc", "d", "| `/etc/dd` |") or is_named("proc", "a/b", "| `/proc`: `b` |"))


if __name__ == "__main__":
    unittest.main()
