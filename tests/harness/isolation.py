"""How tests leave no trace for each other."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any
from unittest import mock


@contextmanager
def renew_after_real_transactions(renew: Callable[[], None]) -> Iterator[None]:
    """After a test with real transactions, clone the database again.

    Django would truncate all tables instead, which the app's role may not do (nor should the
    append-only tables allow it), and which would also empty what migrations have filled.
    """
    from django.test import TransactionTestCase

    def teardown(_case: Any) -> None:
        renew()

    with mock.patch.object(TransactionTestCase, "_fixture_teardown", teardown):
        yield


@contextmanager
def shared_alias() -> Iterator[None]:
    """Let the alias ``audit`` use the connection ``default`` of this thread for a while."""
    from django.db import connections

    own = connections["audit"]
    connections["audit"] = connections["default"]
    try:
        yield
    finally:
        connections["audit"] = own
