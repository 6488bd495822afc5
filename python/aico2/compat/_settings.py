# SPDX-License-Identifier: Apache-2.0
"""aico2/compat/_settings.py - CodeCarbon's arguments, environment and files as one set of values

The environment (CODECARBON_PROJECT_NAME=x) wins over .codecarbon.config of the working directory, which wins over that
of the home; an argument wins over all. What cannot be read is left out, and said.
"""
from __future__ import annotations

import configparser
import logging
import os
from typing import Any, Callable, Dict, List, Optional, Tuple

logger = logging.getLogger("codecarbon")

FILE = ".codecarbon.config"
SECTION = "codecarbon"
_PREFIX = "codecarbon_"
_RANKS = ("WORLD_SIZE", "OMPI_COMM_WORLD_SIZE", "PMI_SIZE", "SLURM_STEP_NUM_TASKS", "SLURM_NTASKS")  # as session/ranks/env.c


class Unset:
    """In place of an argument that was not given: None is one."""

    def __repr__(self) -> str:
        return "<not given>"


UNSET = Unset()

# What CodeCarbon can do and this cannot, with what happens in its place.
_NOT_SENT = "nothing leaves this machine; the figures are in the CSV file and in the history"
_OWN_POWER = "each device is read by its sensor, or modelled by its own name"
_OWN_PLACE = "the table's figure of the place is used; `aico2 recompute --provider` asks for the hours'"
WITHOUT: Dict[str, str] = {
    "api_call_interval": _NOT_SENT,
    "api_endpoint": _NOT_SENT,
    "api_key": _NOT_SENT,
    "save_to_api": _NOT_SENT,
    "save_to_prometheus": _NOT_SENT,
    "save_to_logfire": _NOT_SENT,
    "prometheus_url": _NOT_SENT,
    "emissions_endpoint": _NOT_SENT,
    "metadata": "it is stored nowhere",
    "electricitymaps_api_token": _OWN_PLACE,
    "co2_signal_api_token": _OWN_PLACE,
    "country_2letter_iso_code": "country_iso_code names the place",
    "force_cpu_power": _OWN_POWER,
    "force_ram_power": _OWN_POWER,
    "force_mode_cpu_load": _OWN_POWER,
    "rapl_include_dram": "DRAM is measured wherever it can be, and is the memory's",
    "rapl_prefer_psys": "packages are measured; a meter of the whole machine is shown beside them",
    "allow_multiple_runs": "any number of trackers may run at once",
    "default_cpu_power": _OWN_POWER,
    "logger_preamble": "messages have no preamble",
}

# What is taken, in the order of CodeCarbon's own signature where it matters, with its default.
TAKEN: Dict[str, Tuple[Callable[[Any], Any], Any]] = {}


def _text(value: Any) -> str:
    return str(value)


def _truth(value: Any) -> bool:
    return value if isinstance(value, bool) else str(value).strip().lower() == "true"


def _among(*words: str) -> Callable[[Any], str]:
    def check(value: Any) -> str:
        if str(value) not in words:
            raise ValueError(f"{' or '.join(words)} is meant")
        return str(value)

    return check


def _positive(value: Any) -> float:
    figure = float(value)
    if not figure > 0:
        raise ValueError("it must be above 0")
    return figure


def _pue(value: Any) -> float:
    figure = float(value)
    if not figure >= 1:
        raise ValueError("it must be 1 or more")
    return figure


def _methods(value: Any) -> List[str]:
    items = value.split(",") if isinstance(value, str) else list(value)
    return [getattr(item, "value", str(item)).strip().lower() for item in items if str(item).strip()]


def _litres(value: Any) -> Optional[float]:
    figure = float(value)
    if not figure >= 0:
        raise ValueError("it must be 0 or more")
    return figure or None  # CodeCarbon's 0 is "not told"


def _gpus(value: Any) -> Optional[List[str]]:
    """Numbers, UUIDs, or the beginnings of some, in a list or a text with commas."""
    items = value.strip("[] ").split(",") if isinstance(value, str) else list(value)
    return [str(item).strip() for item in items if str(item).strip()] or None


def shown_gpus() -> Optional[List[str]]:
    """Those that CUDA or ROCm shows this program, as CodeCarbon takes them where gpu_ids says nothing; None: all. Of several ranks each may
    be shown one of its own, and one of them measures for all; a part of a GPU (MIG) the library finds by itself."""
    sizes = [os.environ.get(name, "") for name in _RANKS]
    shown = os.environ.get("CUDA_VISIBLE_DEVICES") or os.environ.get("ROCR_VISIBLE_DEVICES") or ""
    if any(size.isdigit() and int(size) > 1 for size in sizes) or "MIG-" in shown:
        return None
    return _gpus(shown)


def _handlers(value: Any) -> List[Any]:
    handlers = list(value)
    for handler in handlers:
        if not callable(getattr(handler, "out", None)):
            raise ValueError("each must have a method out(total, delta)")
    return handlers


def _itself(value: Any) -> Any:
    return value


TAKEN.update({
    "project_name": (_text, "codecarbon"),
    "measure_power_secs": (_positive, 15.0),
    "output_dir": (os.fspath, "."),
    "output_file": (_text, "emissions.csv"),
    "output_methods": (_methods, None),
    "save_to_file": (_truth, True),
    "save_to_logger": (_truth, False),
    "logging_logger": (_itself, None),
    "experiment_id": (_text, "5b0fa12a-3dd7-45bb-9766-cc326314d9f1"),  # CodeCarbon's own default
    "experiment_name": (_text, "base"),
    "tracking_mode": (_among("machine", "process"), "machine"),
    "log_level": (_itself, "info"),
    "on_csv_write": (_among("append", "update"), "append"),
    "pue": (_pue, 1.0),
    "wue": (_litres, None),
    "gpu_ids": (_gpus, None),
    "output_handlers": (_handlers, []),
    "force_carbon_intensity_g_co2e_kwh": (_positive, None),
    "country_iso_code": (_text, None),
    "region": (_text, None),
    "cloud_provider": (_text, None),
    "cloud_region": (_text, None),
})


def _of_file(path: str) -> Dict[str, str]:
    parser = configparser.ConfigParser()
    try:
        parser.read(path, encoding="utf-8")
        return dict(parser[SECTION]) if parser.has_section(SECTION) else {}
    except (configparser.Error, UnicodeDecodeError) as error:
        logger.warning("%s is left out: %s", path, " ".join(str(error).split()))
        return {}


def configured() -> Dict[str, str]:
    """What files and environment say."""
    found = _of_file(os.path.join(os.path.expanduser("~"), FILE))
    found.update(_of_file(os.path.join(os.getcwd(), FILE)))
    found.update({name.lower()[len(_PREFIX):]: value for name, value in os.environ.items()
                  if name.lower().startswith(_PREFIX)})
    return found


class Settings:
    """The values by name; one warning has told what was asked for and is not done."""

    def __init__(self, arguments: Dict[str, Any]) -> None:
        given: Dict[str, Any] = {**configured(), **{name: value for name, value in arguments.items()
                                                   if value is not UNSET}}
        self.values: Dict[str, Any] = {name: default for name, (_, default) in TAKEN.items()}
        complaints: List[str] = []
        for name, value in given.items():
            self._take(name, value, complaints)
        if complaints:
            logger.warning("aico2.compat.codecarbon: %s", "; ".join(complaints))
        self._level()

    def _take(self, name: str, value: Any, complaints: List[str]) -> None:
        if name in WITHOUT:
            if value not in (None, False, "", "False", "false", []) and not (name == "allow_multiple_runs" and _truth(value)):
                complaints.append(f"{name} has no effect: {WITHOUT[name]}")
        elif name not in TAKEN:
            complaints.append(f"{name} is not known and has no effect")
        elif value is not None:
            try:
                self.values[name] = TAKEN[name][0](value)
            except (TypeError, ValueError) as error:
                complaints.append(f"{name}={value!r} is left out: {error}")

    def _level(self) -> None:
        level = self["log_level"]
        try:
            logger.setLevel(level.upper() if isinstance(level, str) else level)
        except (TypeError, ValueError):
            logger.warning("log_level=%r is left out: debug, info, warning, error or critical is meant", level)

    def __getitem__(self, name: str) -> Any:
        return self.values[name]

    @property
    def csv_path(self) -> Optional[str]:
        """None: no file is asked for."""
        methods = self["output_methods"]
        wanted = self["save_to_file"] if methods is None else "csv" in methods
        return os.path.join(self["output_dir"], self["output_file"]) if wanted else None

    @property
    def to_logger(self) -> bool:
        methods = self["output_methods"]
        return bool(self["save_to_logger"] if methods is None else "logger" in methods)
