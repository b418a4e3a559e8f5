"""``tongxin demo-simulate``: the simulated people, a process of ``tongxin demo``."""

from __future__ import annotations

import click


@click.command(short_help="A process of demo: the simulated people.", hidden=True)
@click.option("--speed", type=float, default=1.0)
def command(speed: float) -> None:
    """Let the simulated people call, drive and close until SIGTERM."""
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.config.demo.simulation import run

        run(speed)
