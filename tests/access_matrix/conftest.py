"""The scene that everybody knocks at, with one factor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from access_matrix.cast import Scene


@pytest.fixture(autouse=True)
def _one_factor_is_enough(settings: Any) -> None:
    settings.SECOND_FACTOR_REQUIRED = False


@pytest.fixture
def scene() -> Scene:
    from access_matrix.cast import make_scene  # Django is not set up yet when this file is read

    return make_scene()
