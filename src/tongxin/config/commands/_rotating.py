"""``tongxin keys rotate``."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import click

from tongxin.config import speak
from tongxin.config.words import gettext as _

if TYPE_CHECKING:
    from tongxin.config.progress import Report

_MARGIN_SECONDS = 1.0


@speak.command("rotate", short_help="Change the master key while everything runs.")
@speak.option("--retire", is_flag=True, help="Give up old keys when nothing needs them.")
@speak.option("--reseal", is_flag=True, help="Encrypt entries and photos anew, too.")
@speak.option("--pause", default=0.0, help="Seconds to leave between two pages of 500 subjects.")
def rotate(retire: bool, reseal: bool, pause: float) -> None:
    """Wrap every data key with a new master key, under load; a killed run goes on where it was.

    When the keys come from the file, a new one is made and put first. When they come from the
    environment or a command, put the new key before the others there, restart every process, then
    run this. An unfinished change is finished first; no further key is made for it.

    With --reseal entries and photos are encrypted anew with the cipher in TONGXIN_CIPHER, and names
    are indexed by how they are read. With --retire the old keys are given up; backups from before
    open with them only.
    """
    from tongxin.config import reaching
    from tongxin.config.progress import bar

    with reaching.django():
        from tongxin.plumbing.vault import rotating

        with rotating.alone(), bar(_("Master key")) as report:
            is_due = _have_a_new_key(retire)
            if not (is_due or retire or reseal):
                raise SystemExit(1)
            if is_due:
                _wrap(report, pause)
            if reseal:
                _reseal(report, pause)
            if retire:
                _retire()


def _have_a_new_key(retire: bool) -> bool:
    """Return whether there is something to wrap; make a new key in the file when it is time."""
    from tongxin.kernel import ciphers
    from tongxin.plumbing.vault import blindkey, keyring, rotating

    ring = keyring.reread()
    if rotating.waiting():
        return True
    if keyring.source() != "file":
        _say_where()
        return False
    if retire and len(ring.keys) > 1:
        return False  # the change is done, only the old keys are left to go
    blindkey.blind_key()  # written down while its own origin is the oldest key of the file
    key = ciphers.new_key()
    keyring.add_to_file(key)
    rotating.note("keys.added", key=ciphers.key_id(key).hex())
    click.echo(_("New master key {key} in {path}").format(
        key=ciphers.key_id(key).hex(), path=keyring.key_path()))  # fmt: skip
    return True


def _say_where() -> None:
    from tongxin.plumbing.vault import keyring

    if keyring.source() == "environment":
        said = _(
            "Put a new key (openssl rand -hex 32) and a line break before the keys in"
            " TONGXIN_MASTER_KEY, restart every process, then run this again."
        )
    else:
        said = _(
            "Have the command in TONGXIN_MASTER_KEY_COMMAND print a new key (openssl rand -hex 32)"
            " as its first line, restart every process, then run this again."
        )
    click.echo(said)


def _wrap(report: Report, pause: float) -> None:
    from tongxin.kernel import ciphers
    from tongxin.plumbing.vault import keyring, rotating

    total = rotating.waiting()
    stage = _("wrapping data keys")

    def told(done: int) -> None:
        report(stage, min(done / max(total, 1), 1.0))

    count = rotating.wrap_all(report=told, pause=pause)
    _wait_until_all_know()
    count += rotating.wrap_all(pause=pause)  # what others put in before they knew the new key
    key = ciphers.key_id(keyring.keyring().current).hex()
    rotating.note("keys.wrapped", key=key, count=count)
    said = _("{count} data keys are wrapped anew by {key}.")
    click.echo(said.format(count=count, key=key))


def _reseal(report: Report, pause: float) -> None:
    from tongxin.plumbing.vault import keyring, rotating

    total = rotating.stale_entries()
    stage = _("encrypting entries and photos")

    def told(done: int) -> None:
        report(stage, min(done / max(total, 1), 1.0))

    outcome = rotating.reseal_all(report=told, pause=pause)
    suite = keyring.keyring().suite.name
    rotating.note("keys.resealed", cipher=suite, entries=outcome.entries, photos=outcome.photos)
    said = _("{entries} entries and {photos} photos are encrypted anew with {cipher}.")
    click.echo(said.format(entries=outcome.entries, photos=outcome.photos, cipher=suite))


def _retire() -> None:
    from tongxin.kernel import ciphers
    from tongxin.plumbing.vault import keyring, rotating

    _wait_until_all_know()
    ring = keyring.reread()
    old = [key_id for key_id in ring.keys if key_id != ciphers.key_id(ring.current)]
    if not old:
        click.echo(_("There is no old key."))
    for key_id in old:
        rotating.make_sure_unneeded(key_id)
        if keyring.source() == "file":
            keyring.take_from_file(key_id)
            rotating.note("keys.retired", key=key_id.hex())
            said = _("Key {key} is given up. Backups from before open with it only.")
        else:
            said = _("Nothing needs key {key} any more: take it out and restart every process.")
        click.echo(said.format(key=key_id.hex()))


def _wait_until_all_know() -> None:
    """Wait until every process on this machine has read the key file as it is now."""
    from tongxin.plumbing.vault import keyring

    if keyring.source() != "file":
        return
    changed = keyring.key_path().stat().st_mtime
    known_at = changed + keyring.WATCH_SECONDS + _MARGIN_SECONDS
    time.sleep(min(max(0.0, known_at - time.time()), keyring.WATCH_SECONDS + _MARGIN_SECONDS))
