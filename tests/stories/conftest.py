"""Stories are told on the drawn district, by browser and interface; see ``harness.district``."""

from __future__ import annotations

import pytest

from harness.marks import chromium


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """All stories run in one worker, for the district is drawn there; and they need a browser."""
    for item in items:
        if "/stories/" not in item.path.as_posix():
            continue
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("district"))
        if chromium() is None:
            item.add_marker(pytest.mark.skip(reason="no Chromium: install Debian's chromium"))
