"""``tongxin kinds check``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _
from tongxin.config.words import spoken


@speak.command(short_help="Check a table of kinds; names the line that is wrong.")
@speak.argument(
    "file", required=False, type=click.Path(exists=True, dir_okay=False, path_type=Path)
)
def command(file: Path | None) -> None:
    """Check FILE as it would be laid over the package's kinds, or the one in force."""
    from tongxin.config.environment import Environment

    chosen = file or Environment.read().data / "kinds.yaml"
    _set_up()
    from tongxin.domain.incidents import kinds

    read = kinds.check(chosen if chosen.exists() else None)
    for kind in read.kinds.values():
        states = _("only counted")
        if not kind.count_only:
            states = _("{number} states").format(number=len(kind.lifecycle.states))
        click.echo(f"{kind.code:16} {kind.words.zh}  {kind.words.en}  {states}")
    click.secho(_("All well."), fg="green")


def _set_up() -> None:
    """Set Django up; a wrong table in force does not keep another from being checked."""
    import os

    import django
    from django.utils import translation

    from tongxin.kernel.errors import BadInput

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "tongxin.config.settings")
    try:
        django.setup()
    except BadInput as error:
        if error.code != "kinds.wrong":
            raise
    translation.activate("en" if spoken() == "en" else "zh-hans")
