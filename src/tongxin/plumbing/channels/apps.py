"""Registers the app."""

from __future__ import annotations

from functools import partial

from django.apps import AppConfig

from tongxin.kernel import ticking


class ChannelsConfig(AppConfig):
    """Deliveries out: calls, SMS, pages."""

    name = "tongxin.plumbing.channels"
    label = "channels"

    def ready(self) -> None:
        """Check the configuration, and have the worker serve each channel in its own thread."""
        from tongxin.plumbing.channels import registry, sending

        registry.gateways()
        for name in registry.NAMES:
            act = sending.show_due_pages if name == registry.PAGE else _acts[name]
            ticking.register(f"channels.{name}", sending.EVERY_SECONDS, act)


def _work(name: str) -> None:
    from tongxin.plumbing.channels import sending

    sending.work(name)


_acts = {name: partial(_work, name) for name in ("call", "sms")}
