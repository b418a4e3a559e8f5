"""One drawn district for all tests of the package; drawing takes some seconds."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from tongxin.config.demo.drawing import draw_district
from tongxin.config.demo.drawn import SIZES, District
from tongxin.config.demo.streets import StreetNet, generated_streets

REPO = Path(__file__).resolve().parents[5]


@pytest.fixture(scope="session")
def generated_net() -> StreetNet:
    return generated_streets("In a test.")


@pytest.fixture(scope="session")
def district(generated_net: StreetNet) -> District:
    return draw_district(generated_net, SIZES["default"])


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("TONGXIN_SHARED_DATA") or REPO.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"the shared real data is not at {folder}")
    return folder
