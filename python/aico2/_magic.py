# SPDX-License-Identifier: Apache-2.0
"""aico2/_magic.py - %load_ext aico2, then %%aico2 at the top of a cell: the cell, measured, with a small chart"""
from __future__ import annotations

import argparse
import shlex
from typing import Any, List, NoReturn

from ._tracker import Tracker

_NAME = "aico2"


class _Parser(argparse.ArgumentParser):
    """Wrong words are an error of the cell, not the end of the kernel."""

    def error(self, message: str) -> NoReturn:
        raise ValueError(f"%%{_NAME}: {message}")


def _parser() -> _Parser:
    parser = _Parser(prog=f"%%{_NAME}", add_help=False, allow_abbrev=False)
    parser.add_argument("name", nargs="?")
    parser.add_argument("--name", dest="named")  # as on the command line
    for option in ("stage", "country", "region", "cloud", "zone", "scope", "idle", "db"):
        parser.add_argument("--" + option)
    for option in ("intensity", "pue", "interval"):
        parser.add_argument("--" + option, type=float)
    parser.add_argument("--no-embodied", dest="embodied", action="store_false", default=None)
    parser.add_argument("--no-db", dest="history", action="store_false", default=None)
    parser.add_argument("--as", dest="variable", default=None)
    return parser


def options_of(line: str) -> Any:
    """The words of the line as an argparse.Namespace; what was not given is not in it."""
    words: List[str] = shlex.split(line)
    parser = _parser()
    parsed, unknown = parser.parse_known_args(words)
    if unknown:
        known = parser.format_usage().split(None, 2)[2]
        raise ValueError(f"%%{_NAME} has no {unknown[0]!r}; it has {' '.join(known.split())}")
    given = {name: value for name, value in vars(parsed).items() if value is not None}
    given["name"] = given.pop("named", None) or given.get("name", "cell")
    variable = given.pop("variable", None)
    if variable is not None and not variable.isidentifier():
        raise ValueError(f"%%{_NAME}: --as takes the name of a variable, not {variable!r}")
    return argparse.Namespace(variable=variable, options=given)


def load_ipython_extension(shell: Any) -> None:
    from IPython.display import display

    def measured_cell(line: str, cell: str) -> None:
        """%%aico2 [NAME] [--country FR] [--as VARIABLE] ...: measures the cell and shows what it used."""
        parsed = options_of(line)
        tracker = Tracker(**parsed.options).start()
        failed = True
        try:
            # An error or Ctrl-C has been shown by the time this returns: it is told by the result, not raised.
            failed = not shell.run_cell(cell).success
        finally:
            report = tracker.stop_failed() if failed else tracker.stop()
            if parsed.variable is not None:
                shell.push({parsed.variable: report})
            display(report)

    shell.register_magic_function(measured_cell, magic_kind="cell", magic_name=_NAME)


def unload_ipython_extension(shell: Any) -> None:
    shell.magics_manager.magics["cell"].pop(_NAME, None)
