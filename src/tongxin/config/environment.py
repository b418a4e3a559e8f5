"""What the environment says: the only place that reads ``os.environ``."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from psycopg.conninfo import conninfo_to_dict

from tongxin.kernel.errors import BadInput


@dataclass(frozen=True)
class Environment:
    """The settings of one installation, read once at start.

    ``database_url`` is used by web, worker and live (role ``tongxin_app``), ``owner_url`` by
    migrations (role ``tongxin_owner``); both are ``None`` while the supervisor has not yet started
    the embedded server. ``data`` holds all local state: database, map, files, keys.
    """

    database_url: str | None
    owner_url: str | None
    data: Path
    port: int
    demo: bool
    demo_password: str
    time_zone: str
    public_url: str

    @classmethod
    def read(cls, source: dict[str, str] | None = None) -> Environment:
        """Read the environment; raises ``BadInput`` naming the variable that is wrong."""
        env = dict(os.environ) if source is None else source
        url = env.get("DATABASE_URL") or None
        port = _port(env.get("PORT", "8000"))
        return cls(
            database_url=url,
            owner_url=env.get("DATABASE_OWNER_URL") or url,
            data=Path(env.get("TONGXIN_DATA", ".tongxin")).absolute(),
            port=port,
            demo=env.get("TONGXIN_DEMO") == "1",
            demo_password=env.get("TONGXIN_DEMO_PASSWORD", "tongxin-demo"),
            time_zone=env.get("TONGXIN_TIME_ZONE", "Asia/Shanghai"),
            public_url=env.get("TONGXIN_PUBLIC_URL", f"http://127.0.0.1:{port}"),
        )


def _port(text: str) -> int:
    if not text.isdigit() or not 0 < int(text) < 65_535:
        raise BadInput("port.invalid", f"PORT must be a number from 1 to 65534, not {text!r}.")
    return int(text)


def database_settings(url: str | None, *, application: str = "tongxin") -> dict[str, Any]:
    """Turn a PostgreSQL URL (or keyword string, as libpq takes them) into Django's dictionary."""
    parts: dict[str, Any] = conninfo_to_dict(url or "postgresql://tongxin_app@127.0.0.1:1/tongxin")
    return {
        "ENGINE": "tongxin.config.postgresql",
        "NAME": parts.pop("dbname", "tongxin"),
        "USER": parts.pop("user", ""),
        "PASSWORD": parts.pop("password", ""),
        "HOST": parts.pop("host", ""),
        "PORT": str(parts.pop("port", "")),
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
        # For `kernel.prepared` alone: Django's own cursors never prepare.
        "OPTIONS": {"application_name": application, "prepare_threshold": 5, **parts},
    }


def map_source(env: dict[str, str]) -> tuple[dict[str, str] | None, list[str]]:
    """Read which base map is wanted, with the origins that the browser must be let to ask.

    ``TONGXIN_MAP_TILES`` is ``tianditu`` (with ``TONGXIN_MAP_KEY``), an XYZ template with {z}, {x}
    and {y}, or a WMTS template; empty means the imported map. Raises ``BadInput`` for others.
    """
    wanted = env.get("TONGXIN_MAP_TILES", "")
    if not wanted:
        return None, []
    if wanted == "tianditu":
        hosts = [f"https://t{n}.tianditu.gov.cn" for n in range(8)]
        return {"kind": "tianditu", "key": env.get("TONGXIN_MAP_KEY", "")}, hosts
    parts = urlsplit(wanted.replace("{s}", "*"))
    if parts.scheme not in ("http", "https") or not parts.netloc:
        raise BadInput(
            "map_tiles.invalid",
            f"TONGXIN_MAP_TILES must be tianditu or an http(s) template, not {wanted!r}.",
        )
    kind = "wmts" if "{TileMatrix}" in wanted else "xyz"
    attribution = env.get("TONGXIN_MAP_ATTRIBUTION", "")
    source = {"kind": kind, "url": wanted, "attribution": attribution}
    return source, [f"{parts.scheme}://{parts.netloc}"]
