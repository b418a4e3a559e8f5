"""``tongxin vault replay-erasures``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command(short_help="Erase again what a restored backup brought back.")
@speak.option(
    "--list",
    "kept",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    help="A list kept elsewhere, as 'tongxin vault erasures' wrote it.",
)
def command(kept: Path | None) -> None:
    """After a restore, erase and withdraw again all that was erased or withdrawn since the backup.

    Reads TONGXIN_DATA/erasures, or the list given. Subjects are told by number and moment of birth,
    so nobody new is erased for somebody old. Doing it twice is the same as once.
    """
    from tongxin.config import reaching
    from tongxin.config.progress import bar

    with reaching.django(), bar(_("Erasures")) as report:
        from tongxin.plumbing.vault import erasures

        total = sum(1 for _line in erasures.read(kept))
        stage = _("erasing again")
        erased, withdrawn = erasures.replay(
            kept, report=lambda done: report(stage, done / max(total, 1))
        )
        erasures.write_out()
    said = _("Of {total} lines, {erased} subjects were there and are erased again;"
             " {withdrawn} entries are withdrawn again.")  # fmt: skip
    click.echo(said.format(total=total, erased=erased, withdrawn=withdrawn))
