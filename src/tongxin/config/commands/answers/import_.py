"""``tongxin answers import``."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command("import", short_help="Take over guides, or a folder of legal texts.")
@speak.argument("file", type=click.Path(exists=True, path_type=Path))
@speak.option("--owner", default="", metavar="CODE", help="The member who answers for the guides.")
@speak.option("--dry-run", is_flag=True, help="List every bad row and write nothing.")
def command(file: Path, owner: str, *, dry_run: bool) -> None:
    """Take over FILE: guides as Markdown or CSV, or a folder of legal texts.

    Markdown: "## question", a line "Source: …" with an article or the office's rule, if wanted a
    line "Review: 2027-06-01", then the text. CSV has the columns question, text, rule, review_by.
    Nothing is written until every row is good. A guide that stands already is put into its new
    words; a legal text takes the place of its former version.
    """
    from tongxin.config import reaching

    with reaching.django():
        if file.is_dir():
            _laws(file, dry_run=dry_run)
        else:
            _guides(file, owner, dry_run=dry_run)


def _laws(folder: Path, *, dry_run: bool) -> None:
    from tongxin.domain.desk import importing, reading

    if dry_run:
        counts = {law.name: len(law.articles) for law in reading.read_folder(folder)}
    else:
        counts = importing.put_laws(folder)
    for name, count in counts.items():
        click.echo(_("{name}: {count} articles").format(name=name, count=count))


def _guides(file: Path, owner: str, *, dry_run: bool) -> None:
    from tongxin.domain.desk import importing
    from tongxin.foundation.access.scope import SystemActor

    planned = importing.plan(file)
    for bad in planned.bad:
        said = _("line {line}: {why}").format(line=bad.line, why=bad.why)
        click.echo(said, err=True)
    said = _("{good} rows are good, {bad} bad")
    click.echo(said.format(good=len(planned.rows), bad=len(planned.bad)))
    if dry_run:
        return
    if planned.bad:
        raise click.ClickException(_("Nothing was written: mend the rows above first."))
    who = _member(owner)
    done = importing.apply(planned, actor=SystemActor("command-line"), owner_id=who.pk)
    said = _("{added} guides added, {revised} put into new words")
    click.echo(said.format(added=done.added, revised=done.revised))


def _member(code: str) -> Any:
    from tongxin.domain.desk import policy
    from tongxin.foundation.access.models import Member
    from tongxin.kernel.errors import NotFound

    found = Member.objects.filter(code=code).first()
    if found is None or not policy.may_publish(found):
        said = _("--owner must name a member who may publish answers.")
        raise NotFound("member.unknown", said)
    return found
