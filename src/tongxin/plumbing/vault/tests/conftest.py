"""Categories that only the vault's own tests use, and keys that no test leaves behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from tongxin.plumbing.vault import blindkey, keyring, retention

retention.register("x", keep=None, words="x")


@pytest.fixture
def own_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let a test set keys by the environment; afterwards they are read anew."""
    keyring.forget()
    blindkey.forget()
    yield monkeypatch
    monkeypatch.undo()
    keyring.forget()
    blindkey.forget()


SHORT = dt.timedelta(days=10)
retention.register("passing", keep=SHORT, words="passing")
retention.register("matter", keep=SHORT, starts="end", words="matter")
