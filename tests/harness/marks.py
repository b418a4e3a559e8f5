"""What a test's marks and fixtures ask for, and whether it is there."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

_DATABASE_FIXTURES = {"db", "transactional_db", "live_server", "live_site"}
_REAL_TRANSACTIONS = {"transactional_db", "live_server", "live_site"}
_CHROMIUM = ("/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome")


def open_both_aliases(item: pytest.Item) -> None:
    """Make the database mark of ``item`` complete: both aliases, real transactions if asked."""
    fixtures = set(getattr(item, "fixturenames", ()))
    marker = item.get_closest_marker("django_db")
    if marker is None and not fixtures & _DATABASE_FIXTURES:
        return
    kwargs = dict(marker.kwargs) if marker else {}
    kwargs["databases"] = "__all__"
    if fixtures & _REAL_TRANSACTIONS or (marker and marker.args and marker.args[0]):
        kwargs["transaction"] = True
    item.add_marker(pytest.mark.django_db(**kwargs), append=False)
    item.add_marker(pytest.mark.database)


def skip_what_lacks_its_ground(item: pytest.Item) -> None:
    """Skip, with its reason, a test whose browser or whose long run is not to be had."""
    fixtures = set(getattr(item, "fixturenames", ()))
    if "browser" in fixtures:
        item.add_marker(pytest.mark.browser)
        item.add_marker(pytest.mark.xdist_group("browser"))  # one Chromium, one drawn district
        if chromium() is None:
            item.add_marker(pytest.mark.skip(reason="no Chromium: install Debian's chromium"))
    if "live_site" in fixtures or item.get_closest_marker("faults"):
        item.add_marker(pytest.mark.xdist_group("processes"))  # one set of processes at a time
    if item.get_closest_marker("prove") and os.environ.get("TONGXIN_PROVE") != "1":
        item.add_marker(pytest.mark.skip(reason="a long count: make prove runs it"))


def chromium() -> str | None:
    """Return the path of the browser, ``TONGXIN_CHROMIUM`` first."""
    given = os.environ.get("TONGXIN_CHROMIUM")
    for path in (given, *_CHROMIUM):
        if path and Path(path).exists():
            return path
    return None


def shared_data_folder() -> Path | None:
    """Return the folder of real data from ``TONGXIN_SHARED_DATA`` or beside the repository."""
    beside = Path(__file__).resolve().parents[2].parent / "shared" / "data"
    folder = Path(os.environ.get("TONGXIN_SHARED_DATA") or beside)
    return folder if folder.is_dir() else None
