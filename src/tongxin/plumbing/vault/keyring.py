"""The master key: kept outside the database.

It comes from, in this order: the variable ``TONGXIN_MASTER_KEY``; the standard output of the
command in ``TONGXIN_MASTER_KEY_COMMAND`` (a hardware module's client, say); the file
``TONGXIN_DATA/keys/master_key`` (mode 0600), made once when absent. Each holds one key a line as 64
hexadecimal digits: the first wraps, all open, so that a key can be changed without a standstill.

A process looks at the key file every two seconds, and at once when it meets a key that it does not
know. A key from the environment or a command is read once: that of a command again when it meets an
unknown one.
"""

from __future__ import annotations

import os
import secrets
import shlex
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongxin.kernel import ciphers
from tongxin.kernel.errors import BadInput, TongxinError

_COMMAND_SECONDS = 20
WATCH_SECONDS = 2.0
"""A key added to the file is used by every process this long afterwards."""


@dataclass(frozen=True)
class Keyring:
    """``keys`` by id, oldest last; the present one; the cipher suite of what is new.

    ``blind_from`` is what the key of the blind index was derived from before it had a row.
    """

    current: bytes
    keys: dict[bytes, bytes]
    blind_from: bytes
    suite: ciphers.Suite
    stamp: object = None

    def wrap(self, data_key: bytes, aad: bytes) -> bytes:
        """Seal a subject's data key with the present master key."""
        return ciphers.seal(self.current, data_key, aad, self.suite)

    def unwrap(self, wrapped: bytes, aad: bytes) -> bytes:
        """Open a wrapped data key; raises ``TongxinError`` when its master key is not at hand."""
        key_id = ciphers.key_id_of(wrapped)
        key = self.keys.get(key_id) or reread().keys.get(key_id)
        if key is None:
            name = key_id.hex()
            raise TongxinError("vault.no_master_key", f"The master key {name} is not at hand.")
        return ciphers.unseal(key, wrapped, aad)

    def head(self) -> bytes:
        """Return the first five bytes of what this ring wraps: cipher suite and key."""
        return bytes((self.suite,)) + ciphers.key_id(self.current)


@dataclass
class _Held:
    """The keys as this process read them last, and when to look at their file again."""

    ring: Keyring | None = None
    look_at: float = 0.0


_held = _Held()


def keyring() -> Keyring:
    """Return the keys of this installation; raises ``BadInput`` when they are malformed."""
    ring, moment = _held.ring, time.monotonic()
    if ring is not None and moment < _held.look_at:
        return ring
    if ring is not None and ring.stamp == _stamp():
        _held.look_at = moment + WATCH_SECONDS
        return ring
    return reread()


def reread() -> Keyring:
    """Read the keys anew, whatever is held."""
    _held.ring, _held.look_at = read(), time.monotonic() + WATCH_SECONDS
    return _held.ring


def forget() -> None:
    """Have the keys read anew when they are asked for next."""
    _held.ring = None


def read() -> Keyring:
    """Read the keys without holding them."""
    stamp = _stamp()
    keys = [_parse(line) for line in _text().split()]
    if not keys:
        raise BadInput("vault.no_keys", _("The master key is empty."), field="TONGXIN_MASTER_KEY")
    return Keyring(
        current=keys[0],
        keys={ciphers.key_id(key): key for key in keys},
        blind_from=keys[-1],
        suite=_suite(),
        stamp=stamp,
    )


def add_to_file(key: bytes) -> None:
    """Put a new key before the others in the key file; it is on disk before this returns."""
    _write_file([key.hex(), *_from_file(key_path()).split()])


def take_from_file(key_id: bytes) -> None:
    """Take a key out of the key file; whoever calls has made sure that nothing needs it."""
    lines = _from_file(key_path()).split()
    _write_file([line for line in lines if ciphers.key_id(_parse(line)) != key_id])


def key_path() -> Path:
    """Return where the key file lies."""
    return Path(settings.TONGXIN_DATA) / "keys" / "master_key"


def source() -> str:
    """Return where the master key comes from: ``environment``, ``command`` or ``file``."""
    if os.environ.get("TONGXIN_MASTER_KEY"):
        return "environment"
    return "command" if os.environ.get("TONGXIN_MASTER_KEY_COMMAND") else "file"


def _stamp() -> object:
    """Return what tells one state of the key's source from another: for a file, its identity."""
    if source() != "file":
        return os.environ.get("TONGXIN_MASTER_KEY"), os.environ.get("TONGXIN_MASTER_KEY_COMMAND")
    try:
        found = key_path().stat()
    except FileNotFoundError:
        return None
    return found.st_ino, found.st_mtime_ns, found.st_size


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
    fresh = _beside(path, [ciphers.new_key().hex()])
    try:
        os.link(fresh, path)  # the first process wins; the others read its key
    except FileExistsError:
        pass
    finally:
        fresh.unlink()


def _write_file(lines: list[str]) -> None:
    path = key_path()
    _beside(path, lines).replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
    forget()


def _beside(path: Path, lines: list[str]) -> Path:
    fresh = path.with_name(f".master_key.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write("".join(f"{line}\n" for line in lines))
        out.flush()
        os.fsync(out.fileno())
    return fresh


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
