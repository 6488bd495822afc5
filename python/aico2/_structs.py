# SPDX-License-Identifier: Apache-2.0
"""aico2/_structs.py - the structs of include/aico2 as ctypes has them; a test compares the two

Those with a size are made by new(), which sets it: the library then knows which of their fields the caller knows.
"""
from __future__ import annotations

import ctypes
from ctypes import CFUNCTYPE, POINTER, c_char, c_char_p, c_double, c_int, c_size_t, c_uint64, c_void_p
from typing import Any, Type, TypeVar

S = TypeVar("S", bound=ctypes.Structure)

MESSAGE = CFUNCTYPE(None, c_void_p, c_int, c_char_p)


def new(kind: Type[S], **fields: Any) -> S:
    return kind(size=ctypes.sizeof(kind), **fields)


class Band(ctypes.Structure):
    """struct aico2_band"""

    _fields_ = [("value", c_double), ("low", c_double), ("high", c_double)]


class Error(ctypes.Structure):
    """struct aico2_error"""

    _fields_ = [("code", c_int), ("message", c_char * 256)]


class EstimateOptions(ctypes.Structure):
    """struct aico2_estimate_options"""

    _fields_ = [
        ("size", c_size_t),
        ("gpu", c_char_p),
        ("cpu", c_char_p),
        ("memory_gib", c_double),
        ("count", c_int),
        ("hours", c_double),
        ("power_watts", c_double),
        ("utilization_ratio", c_double),
        ("pue", c_double),
        ("lifetime_years", c_double),
        ("place", c_char_p),
        ("gco2e_per_kwh", c_double),
        ("without_embodied", c_int),
    ]


class Gauge(ctypes.Structure):
    """struct aico2_gauge"""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("unit", c_char_p),
        ("value", c_double),
        ("limit", c_double),
        ("word", c_char_p),
        ("label", c_char_p),
        ("reason", c_char_p),
    ]


class Options(ctypes.Structure):
    """struct aico2_options"""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("stage", c_char_p),
        ("country", c_char_p),
        ("region", c_char_p),
        ("cloud", c_char_p),
        ("zone", c_char_p),
        ("place", c_char_p),
        ("gco2e_per_kwh", c_double),
        ("intensity_file", c_char_p),
        ("pue", c_double),
        ("without_embodied", c_int),
        ("lifetime_years", c_double),
        ("interval_s", c_double),
        ("scope", c_int),
        ("idle", c_int),
        ("unit", c_char_p),
        ("units", c_double),
        ("epochs", c_double),
        ("budget", c_char_p),
        ("command", POINTER(c_char_p)),
        ("without_history", c_int),
        ("db_path", c_char_p),
        ("resume_run", c_char_p),
        ("alone", c_int),
        ("sysroot", c_char_p),
        ("nvml_path", c_char_p),
        ("message", MESSAGE),
        ("context", c_void_p),
        ("price", c_char_p),
        ("price_file", c_char_p),
        ("wue_l_per_kwh", c_double),
        ("gpus", c_char_p),
    ]


class TaskFigures(ctypes.Structure):
    """struct aico2_task_figures"""

    _fields_ = [
        ("size", c_size_t),
        ("duration_s", c_double),
        ("energy_joules", Band),
        ("total_gco2e", Band),
        ("cpu_s", c_double),
        ("readings", c_uint64),
        ("overlaps", c_int),
    ]


class Peek(ctypes.Structure):
    """struct aico2_peek"""

    _fields_ = [
        ("size", c_size_t),
        ("duration_s", c_double),
        ("energy_joules", Band),
        ("machine_joules", c_double),
        ("power_watts", c_double),
        ("total_gco2e", Band),
        ("cpu_s", c_double),
        ("device_count", c_size_t),
        ("measures", c_int),
    ]


class PeekDevice(ctypes.Structure):
    """struct aico2_peek_device"""

    _fields_ = [
        ("size", c_size_t),
        ("id", c_char * 64),
        ("kind", c_char * 16),
        ("energy_joules", c_double),
        ("power_watts", c_double),
        ("is_added", c_int),
    ]


class Forecast(ctypes.Structure):
    """struct aico2_forecast"""

    _fields_ = [
        ("size", c_size_t),
        ("epochs", c_double),
        ("epochs_done", c_double),
        ("basis", c_char * 24),
        ("energy_joules", Band),
        ("duration_s", Band),
        ("total_gco2e", Band),
    ]


class Budget(ctypes.Structure):
    """struct aico2_budget"""

    _fields_ = [
        ("size", c_size_t),
        ("unit", c_char * 8),
        ("amount", c_double),
        ("used", c_double),
        ("predicted", c_double),
        ("exceeded", c_int),
    ]


class ReportDevice(ctypes.Structure):
    """struct aico2_report_device"""

    _fields_ = [
        ("size", c_size_t),
        ("id", c_char_p),
        ("kind", c_char_p),
        ("model", c_char_p),
        ("reader", c_char_p),
        ("basis", c_char_p),
        ("uuid", c_char_p),
        ("note", c_char_p),
        ("energy_joules", Band),
        ("job_joules", c_double),
        ("others_joules", c_double),
        ("idle_joules", c_double),
        ("idle_share_joules", c_double),
        ("mean_power_watts", c_double),
        ("peak_power_watts", c_double),
        ("utilization_ratio", c_double),
        ("coverage_ratio", c_double),
        ("gap_seconds", c_double),
        ("samples", c_uint64),
        ("operational_gco2e", c_double),
        ("embodied_gco2e", c_double),
        ("is_added", c_int),
    ]


class ReportTask(ctypes.Structure):
    """struct aico2_report_task"""

    _fields_ = [
        ("size", c_size_t),
        ("name", c_char_p),
        ("kind", c_char_p),
        ("start_s", c_double),
        ("duration_s", c_double),
        ("energy_joules", c_double),
        ("total_gco2e", c_double),
        ("continues", c_int),
    ]
