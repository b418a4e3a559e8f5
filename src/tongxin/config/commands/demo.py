"""``tongxin demo``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak

_FOLDER = click.Path(exists=True, file_okay=False, path_type=Path)


@speak.command(short_help="A made-up district at work, or a real city's calls replayed.")
@speak.option("--size", type=click.Choice(["default", "large"]), default="default")
@speak.option("--offline", is_flag=True, help="Fetch nothing: the streets are generated.")
@speak.option("--speed", type=float, default=1.0, help="How many times as fast as life (0–60).")
@speak.option("--no-simulation", is_flag=True, help="Nobody acts but you.")
@speak.option("--real", type=_FOLDER, help="Replay the real calls in this folder instead.")
@speak.option("--calls", type=click.IntRange(0), help="With --real: replay so many 2012 calls.")
@speak.option("--serve", "serves", is_flag=True, help="With --real: then serve that district.")
def command(
    size: str,
    real: Path | None,
    calls: int | None,
    speed: float,
    *,
    offline: bool,
    no_simulation: bool,
    serves: bool,
) -> None:
    """Serve a district that lives: invented people on a real city's streets.

    The first start draws the district (two minutes), later ones take seconds. The second factor is
    off here and nowhere else.
    """
    if real is not None:
        from tongxin.config.real.run import replay_city

        replay_city(real, calls=calls, serves=serves)
        return
    from tongxin.config.demo.run import Choices, run

    run(Choices(size, offline=offline, speed=speed, simulation=not no_simulation))
