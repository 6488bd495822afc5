# SPDX-License-Identifier: Apache-2.0
"""run_pytest.py - runs files of pytest's with its own options, or says that there is no pytest.

    run_pytest.py FILE...
"""
import sys

SKIPPED = 77  # what Meson takes for skipped


def main(files):
    try:
        import pytest
    except ImportError:
        print("skipped: no pytest for this Python; 'tools/install_deps.sh test' installs it")
        return SKIPPED
    status = pytest.main(["-q", "-rs", "-p", "no:cacheprovider", *files])
    return SKIPPED if status == pytest.ExitCode.NO_TESTS_COLLECTED else status


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
