"""How the installation is, told by the top floor, which alone may look at every part."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol


class Finding(Protocol):
    """One part of the installation: how it is (``WELL``, ``LACKING``, ``WRONG``) and the mend."""

    @property
    def part(self) -> str:
        """Which part."""
        ...

    @property
    def what(self) -> str:
        """One sentence about it."""
        ...

    @property
    def mend(self) -> str:
        """What to do, empty when it is well."""
        ...

    @property
    def level(self) -> str:
        """``WELL``, ``LACKING`` or ``WRONG``."""
        ...


Look = Callable[[], Iterable[Finding]]
_looks: list[Look] = []


def wire(look: Look) -> None:
    """Let ``look`` answer how the installation is; the top floor calls this when it is ready."""
    _looks[:] = [look]


def findings() -> list[Finding]:
    """Return what is found now, part by part; nothing when nobody was wired."""
    return [finding for look in _looks for finding in look()]
