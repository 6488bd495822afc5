# SPDX-License-Identifier: Apache-2.0
"""aico2/_seed/later.py - pandas and requests, which a star import of the original gave: loaded when they are first used"""
from __future__ import annotations

import importlib
import types
from typing import Any


class _Later(types.ModuleType):
    def __getattr__(self, name: str) -> Any:
        if name.startswith("__"):
            raise AttributeError(name)
        return getattr(importlib.import_module(self.__name__), name)


pd: Any = _Later("pandas")
requests: Any = _Later("requests")
