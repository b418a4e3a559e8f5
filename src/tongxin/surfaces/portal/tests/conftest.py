from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture
def homes(db: None, held_clock: Any, settings: Any) -> Iterator[Any]:
    """The district with buildings and people; codes are shown on the page, as in the demo."""
    from tongxin.domain.homes.tests.making import Homes
    from tongxin.foundation.territory import locating, lookup

    settings.DEMO = True
    yield Homes()
    locating.forget()
    lookup.forget()
