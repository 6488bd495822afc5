# SPDX-License-Identifier: Apache-2.0
"""test_library.py - what the binding believes of the library is what its headers say"""
import ctypes
import os
import re

import pytest

import aico2
from aico2 import _library, _structs

STRUCTS = {"Band": "aico2_band", "Error": "aico2_error", "EstimateOptions": "aico2_estimate_options",
           "Gauge": "aico2_gauge", "Options": "aico2_options", "TaskFigures": "aico2_task_figures", "Peek": "aico2_peek",
           "PeekDevice": "aico2_peek_device", "Forecast": "aico2_forecast", "Budget": "aico2_budget",
           "ReportDevice": "aico2_report_device", "ReportTask": "aico2_report_task"}
C_TYPES = {ctypes.c_double: "double", ctypes.c_int: "int", ctypes.c_int64: "int64_t", ctypes.c_uint64: "uint64_t",
           ctypes.c_char_p: "const char *"}


def headers(source):
    folder = os.path.join(source.path, "include", "aico2")
    text = "".join(source.read(folder, name) for name in sorted(os.listdir(folder)) if name.endswith(".h"))
    text = re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL)
    return re.sub(r"\bsize_t\b", "uint64_t", text)  # ctypes tells the two no more apart than the machine does


def field_of(kind):
    """As the header writes it, without the name."""
    if kind in C_TYPES:
        return C_TYPES[kind]
    if kind is _structs.Band:
        return "struct aico2_band"
    if isinstance(kind, type) and issubclass(kind, ctypes.Array):
        return f"char [{kind._length_}]"
    return "pointer"


def fields_in(text, struct):
    body = re.search(rf"struct {struct} {{(.*?)\n}};", text, re.DOTALL).group(1)
    for line in filter(None, (line.strip() for line in body.split(";"))):
        if function := re.fullmatch(r"void \(\*(\w+)\)\(.*\)", line, re.DOTALL):
            yield function.group(1), "pointer"
        else:
            kind, name, count = re.fullmatch(r"(.*?)(\w+)(\[\d+\])?", line, re.DOTALL).groups()
            kind = kind.strip() + (f" {count}" if count else "")
            yield name, kind if kind == "const char *" or "*" not in kind else "pointer"


@pytest.mark.parametrize("name", STRUCTS)
def test_structs_are_those_of_the_header(source, name):
    ours = [(field, field_of(kind)) for field, kind in getattr(_structs, name)._fields_]
    assert ours == list(fields_in(headers(source), STRUCTS[name]))


def test_every_struct_is_compared():
    structures = {name for name, value in vars(_structs).items()
                  if isinstance(value, type) and issubclass(value, ctypes.Structure)
                  and value is not ctypes.Structure}
    assert structures == set(STRUCTS)


def result_of(kind):
    return "void" if kind is None else field_of(kind)


def test_functions_are_those_of_the_header(source):
    declared = dict()
    for result, name, arguments in re.findall(r"AICO2_API\s+([^;(]*?)(aico2_\w+)\s*\(([^;]*)\)\s*;", headers(source)):
        count = 0 if arguments.strip() in ("void", "") else arguments.count(",") + 1
        declared[name] = (" ".join(result.split()), count)
    for name, (result, arguments) in _library.PROTOTYPES.items():
        assert declared.get(name) == (result_of(result), len(arguments)), name


def test_the_version_is_the_librarys():
    assert aico2.__version__ == os.environ.get("AICO2_VERSION", aico2.__version__)
    assert re.fullmatch(r"\d+\.\d+\.\d+", aico2.__version__)


def test_importing_loads_nothing(script):
    done = script("import sys\nbefore = set(sys.modules)\nimport aico2\n"
                  "print(sorted(set(sys.modules) - before - {'__future__', 'importlib', 'importlib._bootstrap', 'typing'}))")
    names = eval(done.stdout)
    assert "aico2" in names
    assert not {"ctypes", "json", "sysconfig", "aico2._library"} & set(names), "only when they are used"


def test_public_names_can_be_had():
    for name in aico2.__all__:
        assert getattr(aico2, name) is not None
        assert name in dir(aico2)
    with pytest.raises(AttributeError, match="'aico2' has no attribute 'nothing'"):
        aico2.nothing


def test_a_library_that_is_named_is_the_only_one(script, home):
    done = script("import aico2\ntry:\n    aico2.intensity('FR')\nexcept aico2.LibraryError as error:\n    print(error)",
                  env={**os.environ, "AICO2_LIBRARY": str(home / "absent.so")})
    assert "absent.so" in done.stdout and "AICO2_LIBRARY" in done.stdout


def test_another_library_is_told_apart(script):
    done = script("import aico2\ntry:\n    aico2.__version__\nexcept aico2.LibraryError as error:\n    print(error)",
                  env={**os.environ, "AICO2_LIBRARY": "libm.so.6"})
    assert done.stdout == "'libm.so.6' has no aico2_version(): it is older than this package\n"
