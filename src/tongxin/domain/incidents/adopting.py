"""A district's own table of kinds: checked as a whole, taken over only when nothing is wrong."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path

from django.utils.translation import gettext as _

from tongxin.domain.incidents.kinds import Kinds, WrongTable, check, district_file, registry
from tongxin.domain.incidents.models import Incident
from tongxin.foundation.access import policy
from tongxin.foundation.access.roles import Permission
from tongxin.foundation.access.scope import Actor, acting_as
from tongxin.foundation.audit import actions as audit
from tongxin.kernel.errors import BadInput

LARGEST_BYTES = 1_000_000
FILE_SHOWN = "kinds.yaml"


def check_text(content: bytes) -> Kinds:
    """Return the kinds that a table would give, laid over the package's.

    Raises ``WrongTable`` naming the line, ``BadInput`` when incidents that are kept have a kind or
    stand in a state that the table no longer knows.
    """
    if len(content) > LARGEST_BYTES:
        raise BadInput("kinds.too_large", _("The table is too large."), field="table")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / FILE_SHOWN
        file.write_bytes(content)
        try:
            kinds = check(file)
        except WrongTable as wrong:  # without the folder, which nobody knows
            name = FILE_SHOWN if wrong.file == str(file) else wrong.file
            raise WrongTable(name, wrong.line, wrong.says) from None
    for said in _orphans(kinds):
        raise BadInput("kinds.in_use", said, field="table")
    return kinds


def adopt(content: bytes, *, actor: Actor) -> Kinds:
    """Take a table over for the whole district; every process reads it at its next step.

    Raises what ``check_text`` raises, and ``Forbidden`` without the right to manage kinds.
    """
    policy.require_anywhere(actor, Permission.MANAGE_KINDS)
    check_text(content)
    target = district_file()
    handle, beside = tempfile.mkstemp(dir=target.parent, prefix=".kinds-")
    with os.fdopen(handle, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    Path(beside).replace(target)
    audit.record(actor=str(actor), act="kinds.adopted", subject="kinds:district")
    return registry()


def give_up(*, actor: Actor) -> Kinds:
    """Go back to the package's table; raises ``BadInput`` when something kept needs the own one."""
    policy.require_anywhere(actor, Permission.MANAGE_KINDS)
    for said in _orphans(check(None)):
        raise BadInput("kinds.in_use", said, field="table")
    district_file().unlink(missing_ok=True)
    audit.record(actor=str(actor), act="kinds.given_up", subject="kinds:district")
    return registry()


def district_text() -> bytes | None:
    """Return the district's own table as it lies there, ``None`` without one."""
    file = district_file()
    return file.read_bytes() if file.exists() else None


def _orphans(kinds: Kinds) -> Iterator[str]:
    """Yield a sentence for each kind or state in use that the table lacks."""
    with acting_as("kinds"):
        used = list(Incident.objects.order_by().values_list("kind", "state").distinct())
    for code, state in sorted(used):
        kind = kinds.kinds.get(code)
        if kind is None or kind.count_only:
            yield _("The kind “%(kind)s” has incidents and cannot be left out.") % {"kind": code}
        elif state not in kind.lifecycle.states:
            yield _("Incidents of the kind “%(kind)s” stand in the state “%(state)s”.") % {
                "kind": code,
                "state": state,
            }
