# SPDX-License-Identifier: Apache-2.0
"""aico2/_document.py - what report, estimate and intensity have in common: a JSON document of the library's"""
from __future__ import annotations

import json
from typing import Any, Dict, Iterator, Mapping, Optional


class Document(Mapping[str, Any]):
    """A read-only mapping over the document; it is parsed when it is first looked at."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._parsed: Optional[Dict[str, Any]] = None

    def _tree(self) -> Dict[str, Any]:
        if self._parsed is None:
            self._parsed = json.loads(self.to_json())
        return self._parsed

    def __getitem__(self, key: str) -> Any:
        return self._tree()[key]

    def __iter__(self) -> Iterator[str]:
        return iter(self._tree())

    def __len__(self) -> int:
        return len(self._tree())

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Document) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())

    def to_dict(self) -> Dict[str, Any]:
        """A copy that is the caller's to change."""
        copy: Dict[str, Any] = json.loads(self.to_json())
        return copy

    def to_json(self) -> str:
        """The document as `aico2 ... --json` prints it."""
        return self._text
