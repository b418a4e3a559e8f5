"""``tongxin demo-prepare``: a step of ``tongxin demo``, in a process of its own."""

from __future__ import annotations

import click

from tongxin.config import speak


@speak.command(short_help="A step of demo: draw and load the district.", hidden=True)
@speak.option("--size", type=click.Choice(["default", "large"]), default="default")
@speak.option("--offline", is_flag=True)
@speak.option("--lively/--still", default=True)
def command(size: str, *, offline: bool, lively: bool) -> None:
    """Make the demo's district unless it stands already."""
    from tongxin.config import reaching
    from tongxin.config.environment import Environment
    from tongxin.config.progress import bar

    environment = Environment.read()
    with reaching.django(), bar("district") as report:
        from tongxin.config.demo.preparing import Wanted, prepare

        wanted = Wanted(size, environment.data, environment.demo_password, offline, lively)
        told = prepare(wanted, report)
    if told:
        click.echo(told, err=True)
