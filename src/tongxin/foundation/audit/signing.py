"""The key that signs chain heads: Ed25519, in ``TONGXIN_DATA/keys/audit_anchor`` (mode 0600)."""

from __future__ import annotations

import hashlib
import os
import secrets
from dataclasses import dataclass
from pathlib import Path

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from django.conf import settings

from tongxin.kernel.errors import TongxinError

_KEY_BYTES = 32


@dataclass(frozen=True)
class AnchorKey:
    """The private key with its public half and name."""

    private: Ed25519PrivateKey

    @property
    def public_bytes(self) -> bytes:
        """Return the 32 bytes of the public key; give these to whoever keeps anchors."""
        return self.private.public_key().public_bytes_raw()

    @property
    def key_id(self) -> str:
        """Return 16 hexadecimal digits that name the key."""
        return hashlib.sha256(self.public_bytes).hexdigest()[:16]

    def sign(self, message: bytes) -> bytes:
        """Return the signature (64 bytes)."""
        return self.private.sign(message)


def anchor_key() -> AnchorKey:
    """Return this installation's key, made once when absent."""
    path = key_path()
    if not path.exists():
        _make(path)
    raw = bytes.fromhex(path.read_text().strip())
    if len(raw) != _KEY_BYTES:
        raise TongxinError("audit.bad_key", f"{path} does not hold a key of 32 bytes.")
    return AnchorKey(Ed25519PrivateKey.from_private_bytes(raw))


def is_signed(public: bytes, message: bytes, signature: bytes) -> bool:
    """Return whether ``signature`` is the public key's over ``message``."""
    try:
        Ed25519PublicKey.from_public_bytes(public).verify(signature, message)
    except InvalidSignature:
        return False
    return True


def key_path() -> Path:
    """Return where the key file lies."""
    return Path(settings.TONGXIN_DATA) / "keys" / "audit_anchor"


def _make(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    fresh = path.with_name(f".audit_anchor.{os.getpid()}.{secrets.token_hex(4)}")
    with os.fdopen(os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        out.write(secrets.token_bytes(_KEY_BYTES).hex() + "\n")
        out.flush()
        os.fsync(out.fileno())
    try:
        os.link(fresh, path)  # the first process wins
    except FileExistsError:
        pass
    finally:
        fresh.unlink()
