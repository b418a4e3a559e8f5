"""``tongxin audit verify``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak


@speak.command(short_help="Check the whole trail; name the first bad row.")
@speak.option(
    "--anchors",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="Anchors kept elsewhere, as 'tongxin audit anchors' wrote them.",
)
def command(anchors: Path | None) -> None:
    """Walk the hash chain over every entry and compare it with the signed anchors.

    Exit code 1 when a row was changed, is missing or was never sealed; it is named.
    """
    from rich.console import Console
    from rich.progress import Progress

    from tongxin.config import reaching

    with reaching.django(), Progress(console=Console(stderr=True), transient=True) as progress:
        from tongxin.config.words import gettext as _
        from tongxin.foundation.audit import sealing, verifying
        from tongxin.foundation.audit.models import AuditSeal

        sealing.seal_all()
        task = progress.add_task(_("Checking the trail"), total=AuditSeal.objects.count())
        kept = verifying.read_anchors(anchors.read_text().splitlines()) if anchors else []
        verdict = verifying.verify(
            outside=kept, progress=lambda count: progress.update(task, completed=count)
        )
        said = _("{entries} entries and {anchors} anchors agree.").format(
            entries=verdict.entries, anchors=verdict.anchors
        )
    if verdict.bad:
        click.secho(str(verdict.bad), fg="red", err=True)
        raise SystemExit(1)
    click.echo(said)
