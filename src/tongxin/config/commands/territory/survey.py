"""``tongxin territory survey``."""

from __future__ import annotations

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command(short_help="List the gaps and overlaps of the ground.")
@speak.option("--network", "only", help="One network only: police, governance, civic or urban.")
def command(only: str | None) -> None:
    """Go over the whole ground and list every gap and overlap, the largest of a network first."""
    from tongxin.config import reaching

    with reaching.django():
        from tongxin.foundation.territory import faulting
        from tongxin.foundation.territory.models import Network

        met = 0
        for network in [Network(only)] if only in Network.values else list(Network):
            for fault in faulting.survey(network):
                met += 1
                names = " / ".join(area.name for area in fault.areas) or "-"
                click.echo(
                    f"{network.label}  {fault.kind.label}  {fault.square_metres:12,.0f} m²  "
                    f"{fault.spot.lon:.6f},{fault.spot.lat:.6f}  {names}"
                )
    click.echo(_("{number} faults found").format(number=met), err=True)
