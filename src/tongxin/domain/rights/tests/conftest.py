from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def homes(db: None, held_clock: Any, settings: Any) -> Iterator[Any]:
    """The district with buildings and people; the clock stands at 10:00; codes are shown."""
    from tongxin.domain.homes.tests.making import standing_homes

    settings.DEMO = True
    yield from standing_homes()
