"""Keys that live outside the database: made once, kept in ``TONGXIN_DATA/keys`` with mode 0600."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from pathlib import Path


def secret_key(data: Path) -> str:
    """Return Django's signing key from ``TONGXIN_SECRET_KEY`` or the key file, made when absent."""
    given = os.environ.get("TONGXIN_SECRET_KEY")
    return given or key_file(data, "secret_key", lambda: secrets.token_urlsafe(48))


def key_file(data: Path, name: str, make: Callable[[], str]) -> str:
    """Read ``data/keys/name``; when absent, make it once, safely against a race of processes."""
    path = data / "keys" / name
    if not path.exists():
        path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
        fresh = path.with_name(f".{name}.{os.getpid()}")
        fd = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(fd, "w") as out:
            out.write(make())
            out.flush()
            os.fsync(out.fileno())  # what it opens may be on disk before a loss of power
        try:
            os.link(fresh, path)  # the first process wins; the others read its key
        except FileExistsError:
            pass
        finally:
            fresh.unlink()
    return path.read_text().strip()


def key_files(data: Path | None = None) -> list[tuple[Path, int]]:
    """Return the key files under ``data`` (TONGXIN_DATA by default) with their modes, by name."""
    from tongxin.config.environment import Environment

    folder = (data or Environment.read().data) / "keys"
    return [(path, path.stat().st_mode & 0o777) for path in sorted(folder.glob("[!.]*"))]
