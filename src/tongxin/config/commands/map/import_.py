"""``tongxin map import``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak


@speak.command("import", short_help="Build roads and base map from an OpenStreetMap extract.")
@speak.argument("pbf", type=click.Path(exists=True, dir_okay=False, path_type=Path))
def command(pbf: Path) -> None:
    """Build the roads and the base map from PBF (an .osm.pbf extract) and put them in force.

    The map in use serves on until the new one is ready; running workers take it over within a
    second. Nothing changes when the file is bad.
    """
    from tongxin.config import reaching
    from tongxin.config.environment import Environment
    from tongxin.config.progress import bar

    with reaching.django(), bar("map") as report:
        from tongxin.foundation.roads.importing import import_map

        made = import_map(pbf, Environment.read().data, report)
    click.echo(f"map version {made.version}: {made.segments} segments, {made.tiles} tiles")
    for mode, kilometres in made.kilometres.items():
        click.echo(f"  {mode}: {kilometres:.0f} km")
    applied, unclear = made.restrictions_applied, made.restrictions_unclear
    click.echo(f"  turn restrictions: {applied} applied, {unclear} unclear")
    if made.modes_without_roads:
        lacking = ", ".join(made.modes_without_roads)
        click.echo(f"  no road for: {lacking}; straight-line estimates are used there")
