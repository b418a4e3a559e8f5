"""``tongxin demo-prepare``, a step of ``tongxin demo``."""

from __future__ import annotations

import click


@click.command(hidden=True)
@click.option("--size", default="default")
@click.option("--offline", is_flag=True)
def command(size: str, offline: bool) -> None:
    """Draw the demo district and write it into the database, unless it stands already."""
    from tongxin.config import reaching
    from tongxin.config.environment import Environment
    from tongxin.config.progress import bar

    environment = Environment.read()
    with reaching.django(), bar("demo district") as report:
        from tongxin.config.demo.drawing import draw_demo
        from tongxin.config.demo.drawn import SIZES
        from tongxin.config.demo.load import district_stands, load_district, load_roads
        from tongxin.foundation.roads.importing import current_folder

        if district_stands(SIZES[size]) and current_folder(environment.data):
            return
        drawn = draw_demo(
            environment.data / "downloads",
            size=size,
            offline=offline,
            told=lambda stage: report(stage, 0.1),
        )
        load_roads(drawn, environment.data, lambda stage, share: report(stage, 0.2 + share * 0.4))
        load_district(
            drawn,
            password=environment.demo_password,
            progress=lambda stage, share: report(stage, 0.6 + share * 0.4),
        )
