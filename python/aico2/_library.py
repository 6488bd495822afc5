# SPDX-License-Identifier: Apache-2.0
"""aico2/_library.py - finds libaico2, loads it once, and says what its functions take"""
from __future__ import annotations

import ctypes
import os
import sysconfig
from ctypes import POINTER, c_char_p, c_double, c_int, c_int64, c_size_t, c_uint64, c_void_p
from typing import Any, Optional

from . import _structs
from ._errors import LibraryError, error_of
from ._structs import Band, Error

_BUNDLED = os.path.join(".aico2.mesonpy.libs", "aico2", "libaico2.so")
_SYSTEM_NAME = "libaico2.so.0"
_library: Optional[ctypes.CDLL] = None


# What each function returns and takes: include/aico2, in its order. A test compares the two.
PROTOTYPES: dict[str, tuple[Any, list[Any]]] = {
    "aico2_version": (c_char_p, []),
    "aico2_intensity_new": (c_int, [POINTER(c_void_p), c_char_p, POINTER(Error)]),
    "aico2_intensity_free": (None, [c_void_p]),
    "aico2_intensity_gco2e_per_kwh": (Band, [c_void_p]),
    "aico2_intensity_json": (c_char_p, [c_void_p]),
    "aico2_estimate_new": (c_int, [POINTER(c_void_p), POINTER(_structs.EstimateOptions), POINTER(Error)]),
    "aico2_estimate_free": (None, [c_void_p]),
    "aico2_estimate_energy_kwh": (Band, [c_void_p]),
    "aico2_estimate_operational_gco2e": (Band, [c_void_p]),
    "aico2_estimate_embodied_gco2e": (Band, [c_void_p]),
    "aico2_estimate_total_gco2e": (Band, [c_void_p]),
    "aico2_estimate_json": (c_char_p, [c_void_p]),
    "aico2_estimate_warning": (c_char_p, [c_void_p, c_size_t]),
    "aico2_gauges_new": (c_int, [POINTER(c_void_p), c_char_p, POINTER(Error)]),
    "aico2_gauges_free": (None, [c_void_p]),
    "aico2_gauges_read": (c_int, [c_void_p, POINTER(Error)]),
    "aico2_gauges_get": (c_int, [c_void_p, c_size_t, POINTER(_structs.Gauge)]),
    "aico2_gauges_jetson": (c_char_p, [c_void_p]),
    "aico2_session_new": (c_int, [POINTER(c_void_p), POINTER(_structs.Options), POINTER(Error)]),
    "aico2_session_start": (c_int, [c_void_p, c_char_p, POINTER(Error)]),
    "aico2_session_stop": (c_int, [c_void_p, POINTER(c_void_p), POINTER(Error)]),
    "aico2_session_stop_failed": (c_int, [c_void_p, c_int, POINTER(c_void_p), POINTER(Error)]),
    "aico2_session_free": (None, [c_void_p]),
    "aico2_session_run_id": (c_char_p, [c_void_p]),
    "aico2_session_is_running": (c_int, [c_void_p]),
    "aico2_task_open": (c_int, [c_void_p, c_char_p, c_int, POINTER(c_uint64), POINTER(Error)]),
    "aico2_task_close": (c_int, [c_void_p, c_uint64, POINTER(_structs.TaskFigures), POINTER(Error)]),
    "aico2_session_peek": (c_int, [c_void_p, POINTER(_structs.Peek), POINTER(Error)]),
    "aico2_session_peek_device": (c_int, [c_void_p, c_size_t, POINTER(_structs.PeekDevice), POINTER(Error)]),
    "aico2_session_set_epochs": (c_int, [c_void_p, c_double, POINTER(Error)]),
    "aico2_session_forecast": (c_int, [c_void_p, POINTER(_structs.Forecast), POINTER(Error)]),
    "aico2_session_budget": (c_int, [c_void_p, POINTER(_structs.Budget), POINTER(Error)]),
    "aico2_report_free": (None, [c_void_p]),
    "aico2_report_load": (c_int, [POINTER(c_void_p), c_char_p, c_char_p, POINTER(Error)]),
    "aico2_report_run_id": (c_char_p, [c_void_p]),
    "aico2_report_name": (c_char_p, [c_void_p]),
    "aico2_report_stage": (c_char_p, [c_void_p]),
    "aico2_report_state": (c_char_p, [c_void_p]),
    "aico2_report_measured_by": (c_int64, [c_void_p]),
    "aico2_report_started_at_s": (c_double, [c_void_p]),
    "aico2_report_duration_s": (c_double, [c_void_p]),
    "aico2_report_cpu_s": (c_double, [c_void_p]),
    "aico2_report_energy_joules": (Band, [c_void_p]),
    "aico2_report_energy_kwh": (Band, [c_void_p]),
    "aico2_report_machine_joules": (c_double, [c_void_p]),
    "aico2_report_job_joules": (c_double, [c_void_p]),
    "aico2_report_others_joules": (c_double, [c_void_p]),
    "aico2_report_idle_joules": (c_double, [c_void_p]),
    "aico2_report_idle_share_joules": (c_double, [c_void_p]),
    "aico2_report_own_energy_joules": (Band, [c_void_p]),
    "aico2_report_measured_ratio": (c_double, [c_void_p]),
    "aico2_report_operational_gco2e": (Band, [c_void_p]),
    "aico2_report_embodied_gco2e": (Band, [c_void_p]),
    "aico2_report_total_gco2e": (Band, [c_void_p]),
    "aico2_report_gco2e_per_kwh": (Band, [c_void_p]),
    "aico2_report_place": (c_char_p, [c_void_p]),
    "aico2_report_place_name": (c_char_p, [c_void_p]),
    "aico2_report_pue": (c_double, [c_void_p]),
    "aico2_report_gco2e_per_unit": (c_double, [c_void_p]),
    "aico2_report_water_litres": (c_double, [c_void_p]),
    "aico2_report_cost": (Band, [c_void_p]),
    "aico2_report_currency": (c_char_p, [c_void_p]),
    "aico2_report_car_km": (c_double, [c_void_p]),
    "aico2_report_device_count": (c_size_t, [c_void_p]),
    "aico2_report_device": (c_int, [c_void_p, c_size_t, POINTER(_structs.ReportDevice)]),
    "aico2_report_task_count": (c_size_t, [c_void_p]),
    "aico2_report_task": (c_int, [c_void_p, c_size_t, POINTER(_structs.ReportTask)]),
    "aico2_report_warning": (c_char_p, [c_void_p, c_size_t]),
    "aico2_report_json": (c_char_p, [c_void_p]),
    "aico2_report_text": (c_char_p, [c_void_p]),
    "aico2_report_codecarbon_csv": (c_char_p, [c_void_p]),
    "aico2_report_seed_csv": (c_char_p, [c_void_p]),
    "aico2_window_report": (c_int, [POINTER(c_void_p), POINTER(_structs.Options), c_double, c_double, POINTER(_structs.Error)]),
}


def _candidates() -> list[str]:
    """AICO2_LIBRARY is the only one when it is set: who names a library wants that one."""
    named = os.environ.get("AICO2_LIBRARY")
    if named:
        return [named]
    # A wheel brings its library in a folder beside the package, or where what depends on the machine goes.
    folders = [os.path.dirname(os.path.dirname(os.path.abspath(__file__))), sysconfig.get_paths()["platlib"]]
    bundled = [os.path.join(folder, _BUNDLED) for folder in folders]
    found = [path for path in bundled if os.path.exists(path)][:1]
    return (found or _beside_the_build()) + [_SYSTEM_NAME]


def _beside_the_build() -> list[str]:
    from . import _build  # of an editable installation alone

    path = os.path.join(_build.FOLDER, "libaico2.so")
    return [path] if os.path.exists(path) else []


def _open() -> ctypes.CDLL:
    reasons = []
    for path in _candidates():
        try:
            library = ctypes.CDLL(path)
        except OSError as error:
            reasons.append(str(error))
            continue
        for name, (result, arguments) in PROTOTYPES.items():
            try:
                function = getattr(library, name)
            except AttributeError:
                raise LibraryError(f"'{path}' has no {name}(): it is older than this package") from None
            function.restype = result
            function.argtypes = arguments
        return library
    raise LibraryError(f"cannot load libaico2: {'; '.join(reasons)} (AICO2_LIBRARY may name it)")


def library() -> ctypes.CDLL:
    """The GIL is released during each call, so that no thread of Python's waits for one."""
    global _library
    if _library is None:
        _library = _open()
    return _library


def version() -> str:
    return text_of(library().aico2_version())


def text_of(value: Optional[bytes]) -> str:
    return (value or b"").decode("utf-8", "replace")


def raise_for(code: int, error: Error) -> None:
    if code < 0:
        raise error_of(code, text_of(error.message))


def made(name: str, *arguments: object) -> c_void_p:
    """Calls a function that makes an object and fills an error, its first and last arguments."""
    made_object = c_void_p()
    error = Error()
    code = getattr(library(), name)(ctypes.byref(made_object), *arguments, ctypes.byref(error))
    raise_for(code, error)
    return made_object
