from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def cast(db: None, held_clock: Any) -> Iterator[Any]:
    """The district with its people; the clock stands at 10:00."""
    from tongxin.domain.incidents.tests.making import Cast
    from tongxin.foundation.territory import locating

    yield Cast()
    locating.forget()
