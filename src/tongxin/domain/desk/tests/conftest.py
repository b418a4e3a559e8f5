from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parents[5]


@pytest.fixture(scope="session")
def shared_laws() -> Path:
    """The legal texts of the shared data; skips where they are not there."""
    data = Path(os.environ.get("TONGXIN_SHARED_DATA", ROOT.parent / "shared" / "data"))
    folder = data / "cn" / "laws"
    if not folder.is_dir():
        pytest.skip(f"the shared legal texts are not there: {folder}")
    return folder


@pytest.fixture
def cast(db: None, held_clock: Any) -> Iterator[Any]:
    """The district with its people; the clock stands at 10:00."""
    from tongxin.domain.incidents.tests.making import Cast
    from tongxin.foundation.territory import locating

    yield Cast()
    locating.forget()
