"""``tongxin demo --real``: a real city's roads, districts and calls through the same code."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import click
import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

from tongxin.config import reaching
from tongxin.config.database import prepare, with_database
from tongxin.config.environment import Environment
from tongxin.config.postgres import EmbeddedPostgres, Urls
from tongxin.config.processes import tongxin
from tongxin.config.progress import bar
from tongxin.config.supervisor import Plan, check_ports, serve
from tongxin.config.words import gettext as _
from tongxin.kernel.errors import TongxinError

CALLS = 200
"""How many of the 2012 calls are replayed unless told otherwise; of the feed, all."""
PBF = "osm/portland-or.osm.pbf"
DISTRICT_NAME = "Portland (replayed)"
ZONE = "America/Los_Angeles"
LOG_INS = ("dispatcher", "officer", "chief", "supervisor", "sysadmin", "secadmin", "auditor")
Progress = Callable[[str, float], None]


@dataclass
class City:
    """What was brought in, and what came of it; the table is printed from this alone."""

    roads_km: float = 0.0
    bad_areas: list[str] = field(default_factory=list)
    areas: int = 0
    force: Any = None
    sources: list[Any] = field(default_factory=list)
    recorded: Any = None
    most_at_once: int = 0
    square_km: float = 0.0


def replay_city(shared: Path, *, calls: int | None = None, serves: bool = False) -> None:
    """Replay the calls in ``shared``, print the table, then serve the district if asked to.

    Raises ``BadInput`` when a file is absent, ``TongxinError`` when the folder's database is in
    use by a running service.
    """
    _own_ground()
    environment = Environment.read()
    if serves:
        check_ports(environment.port)
    with _fresh_database(environment):
        subprocess.run(tongxin("migrate", "--quiet"), check=True, stdin=subprocess.DEVNULL)
        with reaching.django(), bar("Portland") as report:
            from tongxin.config.demo.load_people import refresh_positions
            from tongxin.config.real.table import show

            password = environment.demo_password if serves else ""
            city = bring_in_and_replay(
                shared, environment.data, report,
                calls=CALLS if calls is None else calls, password=password,
            )  # fmt: skip
            if serves:
                refresh_positions()
        show(city)
    if serves:
        _serve()


def bring_in_and_replay(
    shared: Path, data: Path, progress: Progress, *, calls: int = CALLS,
    feed: int | None = None, others: int | None = None, password: str = "",
) -> City:  # fmt: skip
    """Bring a city into an empty database and replay its calls. Django is set up by the caller.

    ``calls`` of the 2012 calls and ``feed`` (all) of the 911 feed's are replayed, the first ones;
    ``others`` (all) of either file are imported as calls that have ended.
    """
    from tongxin.config.real import bringing

    city = City()
    pbf = shared / PBF
    if not pbf.is_file():
        said = _("{file} is not there: --real needs the folder with the shared data.")
        raise TongxinError("real.no_file", said.format(file=pbf))
    bringing.roads(city, pbf, data, lambda stage, share: progress(stage, 0.2 * share))
    progress("districts", 0.2)
    bringing.ground(city, shared)
    progress("officers", 0.23)
    bringing.force(city, password)
    wanted = (calls, feed)
    bringing.replayed(
        city, shared, wanted, lambda s, share: progress(s, 0.25 + 0.7 * share), others
    )
    progress("the city's record", 0.96)
    bringing.record(city, shared)
    return city


def _own_ground() -> None:
    """Keep the real city apart from the demo's district: a folder, zone and name of its own."""
    data = Environment.read().data / "real"
    os.environ.update(
        TONGXIN_DATA=str(data), TONGXIN_DEMO="1", TONGXIN_TIME_ZONE=ZONE,
        TONGXIN_DISTRICT_NAME=DISTRICT_NAME,
    )  # fmt: skip


@contextmanager
def _fresh_database(environment: Environment) -> Iterator[None]:
    """Give an empty database: the embedded server's own, or one named ..._real on another server.

    The replay begins from nothing each time, so that its table means the same each time.
    """
    if environment.database_url and environment.owner_url:
        urls = _beside(environment.database_url, environment.owner_url)
        _renew(urls)
        yield
        return
    with reaching.holding(environment.data), EmbeddedPostgres(environment.data) as server:
        reaching.note_holder(environment.data, serves=False)
        _renew(server.urls())
        yield
    for name in server.urls().as_environment():
        os.environ.pop(name, None)  # the server has ended; who serves next starts it anew


def _beside(app: str, owner: str) -> Urls:
    name = f"{conninfo_to_dict(owner).get('dbname') or 'tongxin'}_real"
    return Urls(app=with_database(app, name), owner=with_database(owner, name))


def _renew(urls: Urls) -> None:
    name = str(conninfo_to_dict(urls.owner)["dbname"])
    with psycopg.connect(with_database(urls.owner, "postgres"), autocommit=True) as connection:
        connection.execute(sql.SQL("DROP DATABASE IF EXISTS {}").format(sql.Identifier(name)))
    prepare(urls)
    os.environ.update(urls.as_environment())


def _serve() -> None:
    serve(Plan(announce=_say_log_ins, quiet=True))


def _say_log_ins() -> None:
    environment = Environment.read()
    click.echo(_("Log-ins: {names}").format(names=", ".join(LOG_INS)))
    click.echo(_("Password of all: {password}").format(password=environment.demo_password))
