"""Which channels there are, read from ``channels.yaml`` once a process.

``TONGXIN_CHANNELS`` names the file; otherwise it is ``TONGXIN_DATA/channels.yaml``. With no file
there is the page channel only.

    call:
      url: http://127.0.0.1:9000      # the gateway
      secret: …                       # or secret_file: /path, at least 16 characters
      ring_seconds: 20
      timeout_seconds: 5
    sms:
      url: …
      secret: …
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import yaml
from django.conf import settings

from tongxin.kernel.errors import BadInput
from tongxin.plumbing.channels.call.gateway import CallChannel, HttpCallGateway
from tongxin.plumbing.channels.protocol import Channel
from tongxin.plumbing.channels.sms.gateway import SmsChannel

PAGE = "page"
_SHORTEST_SECRET = 16


@dataclass(frozen=True)
class Gateway:
    """One checked section of the file."""

    url: str
    secret: str
    ring_seconds: int = 20
    timeout_seconds: float = 5.0


def _call(gateway: Gateway) -> Channel:
    dialler = HttpCallGateway(
        gateway.url, gateway.secret, gateway.ring_seconds, gateway.timeout_seconds
    )
    return CallChannel(dialler, gateway.timeout_seconds)


def _sms(gateway: Gateway) -> Channel:
    return SmsChannel(gateway.url, gateway.secret, gateway.timeout_seconds)


_KINDS: dict[str, tuple[Callable[[Gateway], Channel], frozenset[str]]] = {
    "call": (_call, frozenset({"url", "secret", "secret_file", "ring_seconds", "timeout_seconds"})),
    "sms": (_sms, frozenset({"url", "secret", "secret_file", "timeout_seconds"})),
}
NAMES = (PAGE, *_KINDS)


@cache
def gateways() -> Mapping[str, Gateway]:
    """Return the checked sections; raises ``BadInput`` with the section and key that are wrong."""
    path = config_path()
    if not path.exists():
        return {}
    return parse(path.read_text(encoding="utf-8"))


@cache
def channels() -> Mapping[str, Channel]:
    """Return the configured channels by name (without the page, which needs no gateway)."""
    return {name: _KINDS[name][0](gateway) for name, gateway in gateways().items()}


def is_configured(name: str) -> bool:
    """Return whether messages can go out by ``name``."""
    return name == PAGE or name in channels()


def forget() -> None:
    """Read the file again when next asked."""
    gateways.cache_clear()
    channels.cache_clear()


def config_path() -> Path:
    """Return where the file is looked for."""
    given = os.environ.get("TONGXIN_CHANNELS")
    return Path(given) if given else Path(settings.TONGXIN_DATA) / "channels.yaml"


def parse(text: str) -> dict[str, Gateway]:
    """Check the file's text; raises ``BadInput`` naming what is wrong."""
    try:
        said = yaml.safe_load(text)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        raise _wrong("", f"line {mark.line + 1} is no YAML" if mark else "it is no YAML") from None
    if said is None:
        return {}
    if not isinstance(said, dict):
        raise _wrong("", "it must have the sections call and sms")
    return {
        str(name): _section(str(name), section) for name, section in said.items() if name != PAGE
    }


def _section(name: str, section: Any) -> Gateway:
    if name not in _KINDS:
        raise _wrong(name, f"there is no such channel (there are: {', '.join(NAMES)})")
    if not isinstance(section, dict):
        raise _wrong(name, "it must have url and secret")
    unknown = {str(key) for key in section} - _KINDS[name][1]
    if unknown:
        raise _wrong(f"{name}.{min(unknown)}", "there is no such setting")
    return Gateway(
        url=_url(name, section.get("url")),
        secret=_secret(name, section),
        ring_seconds=int(_number(name, section, "ring_seconds", 20, (5, 120))),
        timeout_seconds=_number(name, section, "timeout_seconds", 5, (0.05, 30)),
    )


def _url(name: str, value: Any) -> str:
    parts = urlsplit(value if isinstance(value, str) else "")
    if parts.scheme not in ("http", "https") or not parts.hostname:
        raise _wrong(f"{name}.url", "it must be an address such as https://gateway.example")
    return str(value).rstrip("/")


def _secret(name: str, section: Mapping[str, Any]) -> str:
    secret = section.get("secret")
    if "secret_file" in section:
        try:
            secret = Path(str(section["secret_file"])).read_text().strip()
        except OSError:
            raise _wrong(f"{name}.secret_file", "it cannot be read") from None
    if not isinstance(secret, str) or len(secret) < _SHORTEST_SECRET:
        raise _wrong(f"{name}.secret", f"it must have at least {_SHORTEST_SECRET} characters")
    return secret


def _number(
    name: str, section: Mapping[str, Any], key: str, default: float, limits: tuple[float, float]
) -> float:
    least, most = limits
    value = section.get(key, default)
    if isinstance(value, bool) or not isinstance(value, int | float) or not least <= value <= most:
        raise _wrong(f"{name}.{key}", f"it must be a number from {least:g} to {most:g}")
    return value


def _wrong(where: str, what: str) -> BadInput:
    place = f"{config_path().name}: {where}" if where else config_path().name
    return BadInput("channels.config", f"{place}: {what}.", field=where or None)
