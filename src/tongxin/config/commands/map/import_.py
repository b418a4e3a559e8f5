"""``tongxin map import``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


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
    said = _("map version {version}: {segments} segments, {tiles} tiles")
    click.echo(said.format(version=made.version, segments=made.segments, tiles=made.tiles))
    modes = {"car": _("by car"), "bicycle": _("by e-bike"), "foot": _("on foot")}
    for mode, kilometres in made.kilometres.items():
        click.echo(f"  {modes.get(mode, mode)}: {kilometres:.0f} km")
    applied, unclear = made.restrictions_applied, made.restrictions_unclear
    said = _("turn restrictions: {applied} applied, {unclear} unclear")
    click.echo("  " + said.format(applied=applied, unclear=unclear))
    if made.modes_without_roads:
        lacking = " / ".join(modes.get(mode, mode) for mode in made.modes_without_roads)
        said = _(
            "no road for: {modes}; who moves so counts as unreachable until a map has such roads"
        )
        click.secho("  " + said.format(modes=lacking), fg="yellow")
