from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def homes(db: None, held_clock: Any) -> Iterator[Any]:
    """The district with buildings and people; the clock stands at 10:00."""
    from tongxin.domain.homes.tests.making import standing_homes

    yield from standing_homes()
