from __future__ import annotations

import os
from pathlib import Path

import pytest

REPO = Path(__file__).resolve().parents[5]


@pytest.fixture(scope="session")
def shared_data() -> Path:
    folder = Path(os.environ.get("TONGXIN_SHARED_DATA") or REPO.parent / "shared" / "data")
    if not folder.is_dir():
        pytest.skip(f"the shared real data is not at {folder}")
    return folder
