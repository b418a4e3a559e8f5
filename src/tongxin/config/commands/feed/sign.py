"""``tongxin feed sign``."""

from __future__ import annotations

from pathlib import Path

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _


@speak.command(short_help="Sign a feed file (for the sender, and for trials).")
@speak.argument("file", type=click.Path(exists=True, dir_okay=False, path_type=Path))
@speak.option("--key", required=True, type=click.Path(exists=True, dir_okay=False, path_type=Path),
              help="The sender's Ed25519 private key, PEM.")  # fmt: skip
def command(file: Path, key: Path) -> None:
    """Print FILE, head to totals, with its signature line."""
    import base64
    import json
    import sys

    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        private = load_pem_private_key(key.read_bytes(), password=None)
    except (ValueError, TypeError) as error:
        raise click.ClickException(_("{key} holds no private key.").format(key=key)) from error
    if not isinstance(private, Ed25519PrivateKey):
        raise click.ClickException(_("{key} holds a key, but not an Ed25519 one.").format(key=key))
    body = file.read_bytes().rstrip(b"\n") + b"\n"
    signature = base64.b64encode(private.sign(body)).decode()
    sys.stdout.buffer.write(body)
    sys.stdout.buffer.write(json.dumps({"signature": signature}).encode() + b"\n")
