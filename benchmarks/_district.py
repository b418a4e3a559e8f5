"""A durable database with a drawn district, for benchmarks of the product's own code."""

from __future__ import annotations

import datetime as dt
import os
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WEST, SOUTH, SIDE = 114.20, 30.50, 0.01
COLUMNS = 8


@contextmanager
def district() -> Iterator[Path]:
    """Run a PostgreSQL of our own with the whole schema and a small district, Django set up."""
    from tongxin.config.database import prepare
    from tongxin.config.postgres import EmbeddedPostgres

    with tempfile.TemporaryDirectory(prefix="tongxin-bench-") as folder:
        data = Path(folder)
        data.chmod(0o755)
        with EmbeddedPostgres(data) as postgres:
            urls = postgres.urls()
            prepare(urls)
            os.environ |= urls.as_environment() | {
                "TONGXIN_DATA": folder,
                "TONGXIN_DEMO": "1",
                "DJANGO_SETTINGS_MODULE": "tongxin.config.settings",
                "PYTHONPATH": str(ROOT / "src"),
            }
            migrate = [sys.executable, "-m", "tongxin", "migrate", "--quiet"]
            subprocess.run(migrate, check=True, env=os.environ)
            import django

            django.setup()
            _draw()
            yield data


def _draw() -> None:
    """Draw four networks over the same ground: 64 squares each, under one branch each."""
    from tongxin.foundation.territory.models import Area, Level, Network

    for network in Network:
        root = _area(network, Level.BRANCH, "0", _box(0, 0, COLUMNS), None)
        low = Level.BEAT if network is Network.POLICE else Level.GRID
        for number in range(COLUMNS * COLUMNS):
            column, row = divmod(number, COLUMNS)
            _area(network, low, f"{number + 1}", _box(column, row, 1), root)
    assert Area.objects.exists()


def _area(network: str, level: str, code: str, ring: list[list[float]], parent: object) -> object:
    from tongxin.foundation.territory.models import Area

    made = Area.objects.create(
        network=network,
        level=level,
        code=code,
        name=f"{network} {code}",
        number=int(code),
        parent=parent,
        geometry={"type": "Polygon", "coordinates": [ring]},
        promise_minutes=5,
        valid_from=dt.date(2020, 1, 1),
    )
    made.path = [*(parent.path if parent else []), made.pk]
    made.save(update_fields=["path"])
    return made


def _box(column: int, row: int, width: int) -> list[list[float]]:
    west, south = WEST + column * SIDE, SOUTH + row * SIDE
    east, north = west + width * SIDE, south + width * SIDE
    return [[west, south], [east, south], [east, north], [west, north], [west, south]]


def dispatcher() -> object:
    """Write a dispatcher of the whole branch and return the member."""
    from tongxin.foundation.access.models import Grant, Member, Role
    from tongxin.foundation.territory.models import Area, Network
    from tongxin.kernel import clock

    root = Area.objects.get(network=Network.POLICE, parent=None)
    member = Member.objects.create(code="D1", kind=Role.DISPATCHER, name="周调度", surname="周")
    Grant.objects.create(member=member, role=Role.DISPATCHER, area=root, valid_from=clock.now())
    return member


def token_of(member: object) -> str:
    """Return an API token with all rights of the member."""
    from tongxin.foundation.access.actions import issue_token
    from tongxin.foundation.access.scope import SystemActor, acting_as

    actor = SystemActor("bench")
    with acting_as(actor):
        clear, _row = issue_token(member=member, actor=actor, name="bench", days=1, scopes=None)
    return clear
