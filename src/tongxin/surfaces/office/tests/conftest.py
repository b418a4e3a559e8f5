"""A small district with its office people, for every test of the office."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tongxin.surfaces.office.tests.people import Office


@pytest.fixture
def office(db: None, settings: Any) -> Office:
    """Return the people; the second factor is asked for in the tests of the log-in."""
    settings.SECOND_FACTOR_REQUIRED = False
    from tongxin.surfaces.office.tests.people import Office

    return Office()
