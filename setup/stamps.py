"""Stamps: what a step was made from, by content, so that it is redone only when that changed."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable
from pathlib import Path


class Stamps:
    """The stamps of all steps, kept in one JSON file."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._known: dict[str, str] = json.loads(path.read_text())
        except (OSError, ValueError):
            self._known = {}

    def holds(self, step: str, content: str) -> bool:
        """Return whether ``step`` was last done from ``content``."""
        return self._known.get(step) == content

    def set(self, step: str, content: str) -> None:
        """Note that ``step`` was done from ``content``."""
        self._known[step] = content
        fresh = self.path.with_suffix(".new")
        fresh.write_text(json.dumps(self._known, indent=1, sort_keys=True))
        fresh.replace(self.path)


def content_of(files: Iterable[Path], *also: str) -> str:
    """Return a digest of the names and the content of ``files``, and of the words in ``also``."""
    digest = hashlib.sha256()
    for path in sorted(files):
        digest.update(f"{path.name}\0".encode())
        digest.update(hashlib.sha256(path.read_bytes()).digest())
    for word in also:
        digest.update(f"\0{word}".encode())
    return digest.hexdigest()
