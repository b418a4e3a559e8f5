"""``tongxin demo``: the district made on the first start, then served with its people at work."""

from __future__ import annotations

import os
from dataclasses import dataclass

import click

from tongxin.config.environment import Environment
from tongxin.config.processes import tongxin
from tongxin.config.supervisor import Plan, serve
from tongxin.config.words import gettext as _
from tongxin.kernel.errors import BadInput

LOG_INS = ("dispatcher", "officer", "auxiliary", "gridworker", "villageofficer", "volunteer",
           "partner", "chief", "supervisor", "sysadmin", "secadmin", "auditor")  # fmt: skip
DISTRICT_NAME = "同心区（演示）"
FASTEST = 60.0


@dataclass(frozen=True)
class Choices:
    """What the command line asked for."""

    size: str = "default"
    offline: bool = False
    speed: float = 1.0
    simulation: bool = True


def run(choices: Choices) -> None:
    """Serve the demo until Ctrl-C. Raises ``BadInput`` for a speed that cannot be played."""
    if not 0 < choices.speed <= FASTEST:
        raise BadInput("demo.speed", _("The speed must be above 0 and at most 60."), field="speed")
    _open_to_all()
    serve(plan_for(choices))


def plan_for(choices: Choices) -> Plan:
    """Return what the supervisor runs for the demo."""
    prepare = ["demo-prepare", "--size", choices.size]
    prepare += ["--offline"] if choices.offline else []
    prepare += ["--lively" if choices.simulation else "--still"]
    simulate = tongxin("demo-simulate", "--speed", str(choices.speed))
    return Plan(
        prepare=[tongxin(*prepare)],
        extra={"simulation": simulate} if choices.simulation else {},
        announce=say_log_ins,
        quiet=True,
    )


def say_log_ins() -> None:
    """Say where the demo is and how to log in."""
    environment = Environment.read()
    address = f"http://127.0.0.1:{environment.port}"
    click.echo(_("Open {address}/ – log in at {address}/accounts/login/").format(address=address))
    click.echo(_("Log-ins: {names}").format(names=", ".join(LOG_INS)))
    click.echo(_("Password of all: {password}").format(password=environment.demo_password))
    click.echo(_("Ctrl-C ends it; what happened stays in {data}.").format(data=environment.data))


def _open_to_all() -> None:
    """Mark this and all child processes as the demo: only there is the second factor off."""
    os.environ["TONGXIN_DEMO"] = "1"
    os.environ.setdefault("TONGXIN_DISTRICT_NAME", DISTRICT_NAME)
