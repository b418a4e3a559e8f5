"""Registers the app."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.apps import AppConfig

if TYPE_CHECKING:
    from tongxin.config.doctor import Finding


class ConfigConfig(AppConfig):
    """The top floor: wires everything."""

    name = "tongxin.config"
    label = "config"

    def ready(self) -> None:
        """Let the office ask how the installation is."""
        from tongxin.surfaces.office import health

        health.wire(_how_it_is)


def _how_it_is() -> list[Finding]:
    """Return what the doctor finds, in the language of the page that asks."""
    from django.utils.translation import get_language

    from tongxin.config import doctor, words

    token = words.page_language.set(get_language() or "")
    try:
        return list(doctor.findings(quick=True))
    finally:
        words.page_language.reset(token)
