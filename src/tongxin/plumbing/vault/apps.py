"""Registers the app."""

from __future__ import annotations

import datetime as dt

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _

from tongxin.kernel import ticking


class VaultConfig(AppConfig):
    """Encrypted personal data."""

    name = "tongxin.plumbing.vault"
    label = "vault"

    def ready(self) -> None:
        """Register the vault's own categories, and what the worker repeats."""
        from tongxin.plumbing.vault import describing, erasing, erasures, files, retention

        years = dt.timedelta(days=1_095)
        retention.register("reveal_reason", keep=years, words=_("Reasons given for a look"))
        retention.register("photo", keep=years, words=_("Photos without a matter of their own"))
        reasons = describing.About(
            why=_("So that it can be examined later whether a look was right."),
            ground=_("PIPL § 51: records of who looked at personal data"),
            who=_("The auditor sees that a reason was given; the words open for a review only."),
        )
        describing.register("reveal_reason", about=reasons)
        photos = describing.About(
            why=_("A photo that was handed in before it had a matter of its own."),
            ground=_("People's Police Law § 21: help in danger, disputes and reports"),
            who=_("Those who handle the report on its ground, each look with its purpose."),
        )
        describing.register("photo", about=photos)
        ticking.register("vault.sweep", 3_600, files.sweep_orphans)
        ticking.register("vault.retention", erasing.RETENTION_EVERY_SECONDS, erasing.tick)
        ticking.register("vault.tally", erasing.TALLY_EVERY_SECONDS, erasing.tally)
        ticking.register("vault.erasures", erasures.WRITE_EVERY_SECONDS, _write_out)


def _write_out() -> None:
    from tongxin.plumbing.vault import erasures

    erasures.write_out()
