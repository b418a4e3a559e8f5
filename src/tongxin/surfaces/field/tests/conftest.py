"""A station with its people, and browsers in which they are logged in."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from tongxin.surfaces.field.tests.phones import Phones


@pytest.fixture
def phones(db: None, settings: Any, held_clock: Any) -> Phones:
    """Return the people and their phones; the clock stands at ten in the morning."""
    settings.SECOND_FACTOR_REQUIRED = False
    from tongxin.surfaces.field.tests.phones import Phones

    return Phones()
