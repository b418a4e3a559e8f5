"""Sealing small pieces of data: AES-256-GCM, or SM4-GCM where the national ciphers are asked for.

A sealed piece is ``suite (1 byte) | key id (4 bytes) | nonce (12 bytes) | ciphertext and tag``: it
says itself how and with which key it was made, so that suites and keys can change over the years
(NIST SP 800-38D; GB/T 32907 for SM4, RFC 8998 for its GCM mode).
"""

from __future__ import annotations

import enum
import hashlib
import os
import secrets

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from tongxin.kernel.errors import TongxinError

KEY_BYTES = 32
_KEY_ID_BYTES = 4
_NONCE_BYTES = 12
_TAG_BYTES = 16
_HEAD_BYTES = 1 + _KEY_ID_BYTES
_SM4_KEY_BYTES = 16


class Suite(enum.IntEnum):
    """The ciphers on offer; the number is the first byte of what they seal."""

    AES_256_GCM = 1
    SM4_GCM = 2


class NotOpened(TongxinError):
    """The piece was changed, moved to another place, or sealed with another key."""

    status = 500


def new_key() -> bytes:
    """Return a fresh key of 32 bytes; SM4 uses its first 16."""
    return secrets.token_bytes(KEY_BYTES)


def key_id(key: bytes) -> bytes:
    """Return the 4 bytes by which a key is named; they tell nothing about it."""
    return hashlib.sha256(b"tongxin key id\x00" + key).digest()[:_KEY_ID_BYTES]


def key_id_of(sealed: bytes) -> bytes:
    """Return the id of the key that ``sealed`` was made with."""
    return bytes(sealed[1:_HEAD_BYTES])


def derive(key: bytes, purpose: str) -> bytes:
    """Derive a key of 32 bytes for one purpose (HKDF-SHA256, RFC 5869)."""
    return HKDF(SHA256(), KEY_BYTES, salt=None, info=purpose.encode()).derive(key)


def seal(key: bytes, plain: bytes, aad: bytes, suite: Suite = Suite.AES_256_GCM) -> bytes:
    """Encrypt ``plain``; only the same key and the same ``aad`` open it again."""
    nonce = os.urandom(_NONCE_BYTES)
    head = bytes((suite,)) + key_id(key)
    if suite is Suite.AES_256_GCM:
        return head + nonce + AESGCM(key).encrypt(nonce, plain, aad)
    encryptor = Cipher(algorithms.SM4(key[:_SM4_KEY_BYTES]), modes.GCM(nonce)).encryptor()
    encryptor.authenticate_additional_data(aad)
    body = encryptor.update(plain) + encryptor.finalize()
    return head + nonce + body + encryptor.tag


def unseal(key: bytes, sealed: bytes, aad: bytes) -> bytes:
    """Decrypt what ``seal`` made; raises ``NotOpened`` when key, place or content do not fit."""
    if len(sealed) < _HEAD_BYTES + _NONCE_BYTES + _TAG_BYTES:
        raise NotOpened("cipher.short", "The sealed piece is incomplete.")
    if key_id_of(sealed) != key_id(key):
        raise NotOpened("cipher.other_key", "The piece was sealed with another key.")
    nonce = sealed[_HEAD_BYTES : _HEAD_BYTES + _NONCE_BYTES]
    body = sealed[_HEAD_BYTES + _NONCE_BYTES :]
    try:
        return _open(sealed[0], key, nonce, body, aad)
    except InvalidTag:
        raise NotOpened("cipher.changed", "The sealed piece was changed or moved.") from None


def _open(suite: int, key: bytes, nonce: bytes, body: bytes, aad: bytes) -> bytes:
    if suite == Suite.AES_256_GCM:
        return AESGCM(key).decrypt(nonce, body, aad)
    if suite != Suite.SM4_GCM:
        raise NotOpened("cipher.unknown", f"There is no cipher suite {suite}.")
    mode = modes.GCM(nonce, body[-_TAG_BYTES:])
    decryptor = Cipher(algorithms.SM4(key[:_SM4_KEY_BYTES]), mode).decryptor()
    decryptor.authenticate_additional_data(aad)
    return decryptor.update(body[:-_TAG_BYTES]) + decryptor.finalize()
