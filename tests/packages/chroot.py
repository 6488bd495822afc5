# SPDX-License-Identifier: Apache-2.0
"""chroot.py - a fresh Debian of this machine's release in a folder, by the mirrors that its own apt has"""
import hashlib
import os
import shutil
import subprocess

# What programs of the system change by themselves, or what a mount covers.
PASSING = ("proc", "sys", "dev", "run", "tmp", "var/cache", "var/log", "var/lib/apt", "var/lib/dpkg", "var/lib/systemd",
           "etc/ld.so.cache", "etc/machine-id", "etc/resolv.conf", "etc/passwd-", "etc/group-", "etc/shadow-", "etc/gshadow-",
           "var/lib/ucf")
SLOW = 1800


def why_not():
    """None: one can be made here."""
    if os.geteuid() != 0:
        return "only root can make a chroot"
    if not shutil.which("mmdebstrap"):
        return "mmdebstrap is not installed"
    done = subprocess.run(["unshare", "--mount", "--pid", "--fork", "true"], stderr=subprocess.PIPE, text=True, timeout=60,
                          check=False)
    return None if done.returncode == 0 else f"no namespace of mounts can be made here: {done.stderr.strip()}"


def sources():
    """Lines of sources.list for the release that runs here."""
    form = "deb $(REPO_URI) $(RELEASE) $(COMPONENT)"
    done = subprocess.run(["apt-get", "indextargets", "--format", form, "Created-By: Packages", "Origin: Debian"],
                          stdout=subprocess.PIPE, text=True, timeout=60, check=True)
    return sorted(set(done.stdout.splitlines()), key=len)


class Chroot:
    def __init__(self, root):
        self.root = root

    def make(self):
        """Raises CalledProcessError with what mmdebstrap said."""
        lines = sources()
        if not lines:
            raise OSError("apt has no lists of Debian here")
        listed = self.root + ".list"
        with open(listed, "w", encoding="ascii") as handle:
            handle.write("\n".join(lines) + "\n")
        release = lines[0].split()[2]
        subprocess.run(["mmdebstrap", "--quiet", "--mode=root", "--variant=apt", "--include=adduser", "--skip=cleanup/apt/lists",
                        release, self.root, listed], stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.PIPE,
                       text=True, timeout=SLOW, check=True)
        if os.path.exists("/etc/resolv.conf"):
            shutil.copyfile("/etc/resolv.conf", os.path.join(self.root, "etc/resolv.conf"))
        # no daemon is started by what is installed there
        policy = os.path.join(self.root, "usr/sbin/policy-rc.d")
        with open(policy, "w", encoding="ascii") as handle:
            handle.write("#!/bin/sh\nexit 101\n")
        os.chmod(policy, 0o755)

    def path(self, name):
        return os.path.join(self.root, name.lstrip("/"))

    def run(self, *words, user=None):
        """In namespaces of its own, so that no mount and no process is left."""
        script = 'mount -t proc proc "$0/proc"; mount -t tmpfs tmpfs "$0/dev/shm" 2>/dev/null; root=$0; exec chroot "$root" "$@"'
        inside = ["setpriv", f"--reuid={user}", f"--regid={user}", "--init-groups", *words] if user else list(words)
        home = f"/home/{user}" if user else "/root"
        return subprocess.run(["unshare", "--mount", "--pid", "--fork", "--kill-child", "sh", "-c", script, self.root, *inside],
                              env={"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "HOME": home, "LC_ALL": "C.UTF-8", "TERM": "dumb",
                                   "DEBIAN_FRONTEND": "noninteractive"},
                              cwd="/", stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                              errors="replace", timeout=SLOW, check=False)

    def apt(self, *words):
        return self.run("apt-get", "-qq", "-y", "-o", "Dpkg::Use-Pty=0", "-o", "APT::Sandbox::User=root", *words)

    def snapshot(self):
        """name -> what it is, of all that stays."""
        found = {}
        for folder, names, files in os.walk(self.root):
            inside = os.path.relpath(folder, self.root)
            names[:] = [name for name in names if os.path.normpath(os.path.join(inside, name)) not in PASSING]
            for name in names + files:
                name = os.path.normpath(os.path.join(inside, name))
                if name not in PASSING:
                    found[name] = self.what_is(name)
        return found

    def what_is(self, name):
        path = self.path(name)
        if os.path.islink(path):
            return "link to " + os.readlink(path)
        if not os.path.isfile(path):
            return "folder" if os.path.isdir(path) else "special"
        with open(path, "rb") as handle:
            return hashlib.file_digest(handle, "sha256").hexdigest() if hasattr(hashlib, "file_digest") else \
                hashlib.sha256(handle.read()).hexdigest()
