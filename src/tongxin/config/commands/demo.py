"""``tongxin demo``."""

from __future__ import annotations

import os
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import click

from tongxin.config.words import gettext as _

if TYPE_CHECKING:
    from tongxin.config.supervisor import Plan

RUN = "tongxin.config.demo.run"
LOG_INS = (
    "dispatcher officer auxiliary gridworker villageofficer volunteer partner chief supervisor "
    "sysadmin secadmin auditor"
)


@click.command(short_help="Show a district at work.")
@click.option("--size", type=click.Choice(["default", "large"]), default="default")
@click.option("--real", type=click.Path(exists=True, file_okay=False, path_type=Path))
@click.option("--speed", default=1.0, show_default=True, help="How many times faster than life.")
@click.option(
    "--offline", is_flag=True, help="Fetch nothing: streets are generated, and it says so."
)
def command(size: str, real: Path | None, speed: float, offline: bool) -> None:
    """Serve a made-up district (or, with --real, a real one) on PORT, with people at work in it.

    Prints the log-ins, and one line "ready http://…" when the first page answers. The second
    factor is off in the demo, and only there.
    """
    from tongxin.config.supervisor import serve

    os.environ["TONGXIN_DEMO"] = "1"
    options = {"size": size, "real": real, "speed": speed, "offline": offline}
    serve(_full_plan(options) if find_spec(RUN) else _plan(size, offline=offline))


def show_log_ins() -> None:
    """Print who can log in, and with which password."""
    from tongxin.config.environment import Environment

    click.echo(_("log in as one of: {names}").format(names=LOG_INS))
    click.echo(_("password: {password}").format(password=Environment.read().demo_password))


def _full_plan(options: dict[str, object]) -> Plan:
    from importlib import import_module

    plan: Plan = import_module(RUN).plan(**options)
    return plan


def _plan(size: str, *, offline: bool) -> Plan:
    from tongxin.config.processes import tongxin
    from tongxin.config.supervisor import Plan

    away = ["--offline"] if offline else []
    prepare = [tongxin("demo-prepare", "--size", size, *away)]
    return Plan(prepare=prepare, stands=_stands, announce=show_log_ins, quiet=True)


def _stands(url: str) -> bool:
    """Ask without Django: the district was written in one transaction, so its log-in tells."""
    import psycopg

    try:
        with psycopg.connect(url, connect_timeout=5) as connection:
            asked = connection.execute("SELECT FROM access_account WHERE username = 'dispatcher'")
            return asked.fetchone() is not None
    except psycopg.Error:
        return False
