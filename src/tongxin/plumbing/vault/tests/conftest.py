"""Categories that only the vault's own tests use, and keys that no test leaves behind."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator

import pytest

from tongxin.plumbing.vault import blindkey, keyring, retention

SHORT = dt.timedelta(days=10)


@pytest.fixture(autouse=True)
def _categories_of_these_tests(monkeypatch: pytest.MonkeyPatch) -> None:
    """Add categories for one test; other apps' tests, which read off all, never see them."""
    monkeypatch.setattr(retention, "_categories", dict(retention._categories))
    retention.register("x", keep=None, words="x")
    retention.register("passing", keep=SHORT, words="passing")
    retention.register("matter", keep=SHORT, starts="end", words="matter")


@pytest.fixture
def own_keys(monkeypatch: pytest.MonkeyPatch) -> Iterator[pytest.MonkeyPatch]:
    """Let a test set keys by the environment; afterwards they are read anew."""
    keyring.forget()
    blindkey.forget()
    yield monkeypatch
    monkeypatch.undo()
    keyring.forget()
    blindkey.forget()
