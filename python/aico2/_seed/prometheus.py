# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/prometheus.py - the questions to Prometheus that the original project asked, with answers that hold

Of a window the mean is asked at its end, not the last two samples of now; busy is not what waited for a disk; memory is
what is used. Energy is not computed from these: see window.py.
"""
from __future__ import annotations

import json
import math
import urllib.error
import urllib.parse
import urllib.request
from typing import Any, Dict, List, Optional, Tuple

_TIMEOUT = 10.0  # seconds for an answer
_PROBE = 2.0  # to find out whether anybody answers

_CPU = ('100 * (1 - sum by (instance) (rate(node_cpu_seconds_total{{mode=~"idle|iowait"}}[{range}]))'
        " / sum by (instance) (rate(node_cpu_seconds_total[{range}])))")
_RAM = "100 * (1 - avg_over_time(node_memory_MemAvailable_bytes[{range}]) / node_memory_MemTotal_bytes)"
_GPU = "100 * avg_over_time(nvidia_smi_utilization_gpu_ratio[{range}])"

Usages = List[Tuple[str, float]]


def _get(url: str, timeout: float, form: Optional[Dict[str, str]] = None) -> bytes:
    if not url.startswith(("http://", "https://")):
        raise ValueError(f"not an address of Prometheus: {url!r} (http://localhost:9090 is meant)")
    body = None if form is None else urllib.parse.urlencode(form).encode("ascii")
    with urllib.request.urlopen(urllib.request.Request(url, data=body), timeout=timeout) as response:
        return bytes(response.read())


def answers(address: str) -> bool:
    """Whether there is a Prometheus at the address."""
    try:
        return b'"status"' in _get(address.rstrip("/") + "/api/v1/status/buildinfo", _PROBE)
    except (OSError, ValueError):
        return False


def queryUsage(address: str, expr: str, start_time: float, end_time: float) -> Dict[str, Any]:  # noqa: N802
    """What Prometheus says of an expression at the window's end; {} with the reason printed when it says nothing.

    start_time is not sent: the expression holds how far back it goes.
    """
    try:
        text = _get(address.rstrip("/") + "/api/v1/query", _TIMEOUT, {"query": expr, "time": repr(end_time)})
        answer = json.loads(text.decode("utf-8", "replace"))
    except urllib.error.HTTPError as error:
        print(f"{error} ({error.read(400).decode('utf-8', 'replace').strip()})")
        return {}
    except (OSError, ValueError) as error:
        print(error)
        return {}
    return answer if isinstance(answer, dict) else {}


def _range(start_time: float, end_time: float) -> str:
    """PromQL takes whole milliseconds."""
    if not end_time > start_time:
        raise ValueError(f"the window ends before it begins: {start_time!r} to {end_time!r}")
    return f"{math.ceil(1000 * (end_time - start_time))}ms"


def _usages(address: str, expr: str, start_time: float, end_time: float) -> Optional[Usages]:
    """By instance; None: the query failed."""
    answer = queryUsage(address, expr.format(range=_range(start_time, end_time)), start_time, end_time)
    if answer.get("status") != "success":
        return None
    return [(row["metric"].get("instance", "?"), float(row["value"][1])) for row in answer["data"]["result"]]


def _show(what: str, usages: Optional[Usages]) -> Optional[Usages]:
    if usages is None:
        print("The query fails or returns an empty dictionary")
    else:
        print("search result：")
        for instance, usage in usages:
            print(f"Instance: {instance}, {what}_Average_Usage: {usage}%")
    print()
    return usages


def query_CPU_Average_Usage(address: str, start_time: float, end_time: float) -> Optional[Usages]:  # noqa: N802
    """Prints, and gives, how busy each machine was in the window, in percent."""
    return _show("CPU", _usages(address, _CPU, start_time, end_time))


def query_RAM_Average_Usage(address: str, start_time: float, end_time: float) -> Optional[Usages]:  # noqa: N802
    """The same of memory that is used."""
    return _show("RAM", _usages(address, _RAM, start_time, end_time))


def query_GPU_Average_Usage(address: str, start_time: float, end_time: float) -> Optional[Usages]:  # noqa: N802
    """The same of each GPU, by nvidia_gpu_exporter."""
    return _show("GPU", _usages(address, _GPU, start_time, end_time))


def _red(text: str) -> str:
    return f"\033[31m\033[1m{text}\033[0m"


def _targets(address: str) -> List[Dict[str, Any]]:
    answer = json.loads(_get(address.rstrip("/") + "/api/v1/targets?state=active", _TIMEOUT))
    targets: List[Dict[str, Any]] = answer["data"]["activeTargets"]
    return targets


def getTargetsStatus(address: str) -> None:  # noqa: N802
    """Prints how many of Prometheus's targets are up, and which are not."""
    print("\n\n")
    try:
        targets = _targets(address)
    except (OSError, ValueError, KeyError, TypeError):
        print(_red("Get targets status failed!"))
        print()
        return
    down = [target["labels"].get("instance", "?") for target in targets if target.get("health") != "up"]
    print("-----------------------Targets Details-------------------------")
    print("--------------------------------------------------------------")
    print("-----------------------TargetsStatus--------------------------")
    print(f"{len(targets) - len(down)} in {len(targets)} Targets are alive !!!")
    print("--------------------------------------------------------------")
    for instance in down:
        print(f"{_red(instance)} down !!!")
    print("-----------------------TargetsStatus--------------------------")
    print()
