"""The job engine (procrastinate), set up when Django is ready."""

from __future__ import annotations

from typing import Any


def on_app_ready(app: Any) -> None:
    """Register every app's jobs; each app keeps them in its ``jobs`` module."""
    from importlib import import_module
    from importlib.util import find_spec

    from django.apps import apps

    for config in apps.get_app_configs():
        ours = config.name.startswith("tongxin.") and config.name != "tongxin.config"
        if ours and find_spec(f"{config.name}.jobs"):
            import_module(f"{config.name}.jobs")
