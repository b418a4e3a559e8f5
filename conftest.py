"""The ground every test stands on: a real database, a clock that can be held, a browser, a site.

Django's settings are chosen here and not in pyproject.toml, because the environment has to be
ready first: tests never read or write the ``.tongxin`` folder of a working installation.
"""

from __future__ import annotations

import os
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest

ROOT = Path(__file__).resolve().parent
sys.path[:0] = [path for path in (str(ROOT / "src"), str(ROOT / "tests")) if path not in sys.path]

os.environ.setdefault("TONGXIN_TEST_RUN", str(os.getpid()))
os.environ.setdefault("TONGXIN_TEST_SERVER", os.environ.pop("DATABASE_URL", ""))
os.environ.pop("DATABASE_OWNER_URL", None)
OWN_DATA = "TONGXIN_TEST_DATA" not in os.environ  # false in xdist workers, which share the folder
if OWN_DATA:
    os.environ["TONGXIN_TEST_DATA"] = tempfile.mkdtemp(prefix="tongxin-test-data-")
os.environ["TONGXIN_DATA"] = os.environ["TONGXIN_TEST_DATA"]
os.environ["DJANGO_SETTINGS_MODULE"] = "tongxin.config.settings"
# Playwright keeps an event loop in the main thread, which Django would take for async code.
os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "1"

from harness.server import Server, running, use  # noqa: E402

pytest_plugins = ["harness.site", "harness.browser", "harness.district"]
SERVER_KEY = pytest.StashKey[ExitStack]()


def pytest_configure() -> None:
    """Load the settings now that the environment is ready; pytest-django then sets Django up."""
    from django.conf import settings

    _ = settings.DATABASES


def pytest_configure_node(node: Any) -> None:
    """Start the server once, before the first xdist worker needs it (runs in the controller)."""
    config = node.config
    if SERVER_KEY not in config.stash:
        config.stash[SERVER_KEY] = ExitStack()
        config.shared_server = config.stash[SERVER_KEY].enter_context(running())
    server: Server = config.shared_server
    node.workerinput["tongxin_server"] = (
        server.urls.app,
        server.urls.owner,
        str(server.folder),
    )


def pytest_unconfigure(config: pytest.Config) -> None:
    """Stop the server that xdist workers shared and remove the run's data folder."""
    if SERVER_KEY in config.stash:
        config.stash[SERVER_KEY].close()
    if OWN_DATA:
        shutil.rmtree(os.environ["TONGXIN_TEST_DATA"], ignore_errors=True)


@pytest.hookimpl(tryfirst=True)  # xdist reads the groups in the same hook
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Give database tests both aliases (``audit`` is the same database), and all their groups."""
    from harness.marks import open_both_aliases, skip_what_lacks_its_ground

    for item in items:
        open_both_aliases(item)
        skip_what_lacks_its_ground(item)


@pytest.fixture(scope="session")
def server(request: pytest.FixtureRequest) -> Iterator[Server]:
    """The PostgreSQL server of this run."""
    from tongxin.config.postgres import Urls

    given = getattr(request.config, "workerinput", {}).get("tongxin_server")
    if given:
        yield Server(Urls(app=given[0], owner=given[1]), Path(given[2]))
        return
    with running() as own:
        yield own


@pytest.fixture(scope="session")
def database_name(server: Server, worker_id: str) -> str:
    """The name of this worker's own database."""
    from harness.server import RUN

    return f"{RUN}_{worker_id}"


@pytest.fixture(scope="session")
def fresh_database(
    server: Server, database_name: str, django_db_blocker: Any
) -> Callable[[], None]:
    """Return a function that puts this worker's database back to the template's state."""

    def renew() -> None:
        from django.db import connections

        connections.close_all()
        server.clone(database_name)

    with django_db_blocker.unblock():
        server.make_template()
    return renew


@pytest.fixture(scope="session")
def django_db_setup(
    server: Server,
    database_name: str,
    fresh_database: Callable[[], None],
    django_db_blocker: Any,
) -> Iterator[None]:
    """Connect Django, as the app's role, to a clone of the template."""
    from harness.isolation import renew_after_real_transactions

    with django_db_blocker.unblock():
        fresh_database()
        use(server.of(database_name).app)
        with renew_after_real_transactions(fresh_database):
            yield
        server.drop(database_name)


@pytest.fixture(autouse=True)
def _one_connection_for_both_aliases(request: pytest.FixtureRequest) -> Iterator[None]:
    """Let ``audit`` share the test's transaction; tests with real ones get the real second one."""
    from harness.isolation import shared_alias

    marker = request.node.get_closest_marker("django_db")
    if marker is None or marker.kwargs.get("transaction"):
        yield
        return
    with shared_alias():
        yield


@pytest.fixture(autouse=True)
def _ground_not_remembered() -> None:
    """Forget the areas that the test before had in memory: its rows were rolled back."""
    from tongxin.foundation.territory import locating, lookup

    locating.forget()
    lookup.forget()


@pytest.fixture
def held_clock() -> Iterator[Any]:
    """A clock that stands at Monday 15 June 2026, 10:00 in Shanghai, until the test moves it."""
    import datetime as dt

    from tongxin.kernel import clock

    start = dt.datetime(2026, 6, 15, 2, 0, tzinfo=dt.UTC)
    with clock.held(clock.HeldClock(start)) as held:
        yield held


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The folder with real data; a test that asks for it is skipped where there is none."""
    from harness.marks import shared_data_folder

    folder = shared_data_folder()
    if folder is None:
        pytest.skip("the real data is absent: set TONGXIN_SHARED_DATA to its folder")
    return folder
