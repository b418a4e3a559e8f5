"""The master key: kept outside the database, read once a process.

It comes from, in this order: the variable ``TONGXIN_MASTER_KEY``; the standard output of the
command in ``TONGXIN_MASTER_KEY_COMMAND`` (a hardware module's client, say); the file
``TONGXIN_DATA/keys/master_key`` (mode 0600), made once when absent. Each holds one key a line as 64
hexadecimal digits: the first wraps, all open, so that a key can be changed without a standstill.
"""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongxin.kernel import ciphers
from tongxin.kernel.errors import BadInput, TongxinError

_COMMAND_SECONDS = 20


@dataclass(frozen=True)
class Keyring:
    """``keys`` by id, the present one's id, and the key of the blind index."""

    current: bytes
    keys: dict[bytes, bytes]
    blind: bytes
    suite: ciphers.Suite

    def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        """Seal a subject's data key with the present master key."""
        return ciphers.seal(self.current, data_key, aad, self.suite)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Open a wrapped data key; raises ``TongxinError`` when its master key is not at hand."""
        key = self.keys.get(ciphers.key_id_of(wrapped))
        if key is None:
            name = ciphers.key_id_of(wrapped).hex()
            raise TongxinError("vault.no_master_key", f"The master key {name} is not at hand.")
        return ciphers.unseal(key, wrapped, aad)


@cache
def keyring() -> Keyring:
    """Return the keys of this installation; raises ``BadInput`` when they are malformed."""
    keys = [_parse(line) for line in _text().split()]
    if not keys:
        raise BadInput("vault.no_keys", _("The master key is empty."), field="TONGXIN_MASTER_KEY")
    return Keyring(
        current=keys[0],
        keys={ciphers.key_id(key): key for key in keys},
        blind=ciphers.derive(keys[-1], "tongxin blind index"),  # the oldest: it outlives changes
        suite=_suite(),
    )


def key_path() -> Path:
    """Return where the key file lies."""
    return Path(settings.TONGXIN_DATA) / "keys" / "master_key"


def source() -> str:
    """Return where the master key comes from: ``environment``, ``command`` or ``file``."""
    if os.environ.get("TONGXIN_MASTER_KEY"):
        return "environment"
    return "command" if os.environ.get("TONGXIN_MASTER_KEY_COMMAND") else "file"


def _text() -> str:
    origin = source()
    if origin == "environment":
        return os.environ["TONGXIN_MASTER_KEY"]
    if origin == "command":
        return _from_command(os.environ["TONGXIN_MASTER_KEY_COMMAND"])
    return _from_file(key_path())


def _from_command(command: str) -> str:
    """Run the command without a shell; its words never enter the message, only its exit code."""
    try:
        done = subprocess.run(
            shlex.split(command),
            capture_output=True,
            text=True,
            check=True,
            timeout=_COMMAND_SECONDS,
        )
    except (OSError, ValueError, subprocess.SubprocessError) as error:
        raise TongxinError(
            "vault.key_command",
            f"The command in TONGXIN_MASTER_KEY_COMMAND failed ({type(error).__name__}).",
            field="TONGXIN_MASTER_KEY_COMMAND",
        ) from None
    return done.stdout


def _from_file(path: Path) -> str:
    if not path.exists():
        _make(path)
    if path.stat().st_mode & 0o077:
        raise TongxinError(
            "vault.key_file_open",
            f"{path} can be read by others: run chmod 600 on it.",
            field="TONGXIN_DATA",
        )
    return path.read_text()


def _make(path: Path) -> None:
    """Make the key file once, safely against a race of processes and a loss of power."""
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".master_key.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(ciphers.new_key().hex() + "\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(fresh, path)  # the first process wins; the others read its key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _parse(line: str) -> bytes:
    try:
        key = bytes.fromhex(line)
    except ValueError:
        key = b""
    if len(key) != ciphers.KEY_BYTES:
        raise BadInput(
            "vault.bad_key",
            _("A master key must be 64 hexadecimal digits."),
            field="TONGXIN_MASTER_KEY",
        )
    return key


def _suite() -> ciphers.Suite:
    wanted = os.environ.get("TONGXIN_CIPHER", "AES-256-GCM")
    suites = {"AES-256-GCM": ciphers.Suite.AES_256_GCM, "SM4-GCM": ciphers.Suite.SM4_GCM}
    if wanted not in suites:
        raise BadInput(
            "vault.bad_cipher",
            f"TONGXIN_CIPHER must be AES-256-GCM or SM4-GCM, not {wanted!r}.",
            field="TONGXIN_CIPHER",
        )
    return suites[wanted]
