"""The vault's part of a resident: name, phone and note, and on what ground they are kept."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext_lazy as _

from tongxin.domain.homes import stamping
from tongxin.domain.homes.models import CareMark, Resident, Visit
from tongxin.foundation.access.scope import acting_as
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault.legal import CONSENTED, LegalBasis

CATEGORY = "resident"
VISIT_NOTE = "visit_note"
FIELDS = ("name", "phone", "note")
_FACTS = ("legal_basis", "basis_rule", "notice_version", "notice_shown_at", "consented_at")
LONGEST_NAME, LONGEST_NOTE = 60, 500
_PHONE = re.compile(r"\+?\d[\d\-() ]{2,22}\d")


@dataclass(frozen=True)
class Ground:
    """On what ground something about a person is kept; see ``checked``."""

    legal_basis: str
    basis_rule: str = ""
    notice_version: str = ""
    notice_shown_at: dt.datetime | None = None
    consented: bool = False
    guardian_consented: bool = False

    @property
    def consented_at(self) -> dt.datetime | None:
        """Return now for a consent, ``None`` for what needs none."""
        given = {LegalBasis.CONSENT: self.consented, LegalBasis.GUARDIAN: self.guardian_consented}
        return clock.now() if given.get(LegalBasis(self.legal_basis)) else None


def checked(ground: Ground, *, is_minor: bool) -> Ground:
    """Return the ground, or raise ``BadInput`` naming what it lacks.

    Consent was given, and the notice shown is named; a duty names its rule; a minor's record rests
    on a guardian's consent, a duty or a vital interest, never on the minor's own consent.
    """
    basis = ground.legal_basis
    if basis not in LegalBasis.values:
        raise BadInput("homes.no_basis", _("Say on what ground this is kept."), field="legal_basis")
    if basis == LegalBasis.DUTY and not ground.basis_rule.strip():
        raise BadInput("homes.no_rule", _("Name the rule of this duty."), field="basis_rule")
    if basis == LegalBasis.CONSENT and is_minor:
        said = _("A minor's record needs the guardian's consent.")
        raise BadInput("homes.guardian", said, field="legal_basis")
    if basis in CONSENTED:
        _check_consent(ground)
    return ground


def _check_consent(ground: Ground) -> None:
    if ground.consented_at is None:
        said = _("Without consent it is not kept: ask first.")
        raise BadInput("homes.no_consent", said, field="consented")
    if not ground.notice_version.strip():
        said = _("Say which notice was shown.")
        raise BadInput("homes.no_notice", said, field="notice_version")


def tidy(name: str, phone: str, note: str) -> dict[str, str]:
    """Return the fields that are to be kept, trimmed; raises ``BadInput`` for one out of form."""
    name, phone, note = name.strip(), phone.strip(), note.strip()
    if not name and not phone:
        raise BadInput("homes.nobody", _("Write a name or a phone number."), field="name")
    if len(name) > LONGEST_NAME:
        raise BadInput("homes.name", _("The name is too long."), field="name")
    if len(note) > LONGEST_NOTE:
        raise BadInput("homes.note", _("The note is too long."), field="note")
    if phone and not is_phone(phone):
        raise BadInput("homes.phone", _("This is no telephone number."), field="phone")
    return {key: value for key, value in zip(FIELDS, (name, phone, note), strict=True) if value}


def is_phone(text: str) -> bool:
    """Tell whether a text can be dialled."""
    return bool(_PHONE.fullmatch(text)) or (text.isdigit() and 3 <= len(text) <= 6)


def facts_of(kept: Ground | Resident) -> dict[str, Any]:
    """Return on what ground something is kept, by the names that the vault and the rows give it."""
    return {name: getattr(kept, name) for name in _FACTS}


def put(fields: Mapping[str, str], ground: Ground, *, actor: object) -> vault.Stored:
    """Seal a new resident's fields in the caller's transaction."""
    return vault.put(
        category=CATEGORY,
        fields=fields,
        actor=str(actor),
        **facts_of(ground),
    )


def renew(resident: Resident, fields: Mapping[str, str], *, actor: object) -> None:
    """Put changed fields in and take the former ones out; an empty text only takes out."""
    kept = {name: text for name, text in fields.items() if text}
    refs: Mapping[str, int] = {}
    if kept:
        refs = vault.put(
            category=CATEGORY,
            fields=kept,
            actor=str(actor),
            **facts_of(resident),
            subject_id=resident.subject_id,
        ).refs
    former = [ref for name in fields if (ref := getattr(resident, f"{name}_ref")) is not None]
    with vault.opened() as cursor:  # what is no longer true is neither shown nor found
        cursor.execute(
            "DELETE FROM vault_entry WHERE subject_id = %s AND id = ANY(%s)",
            [resident.subject_id, former],
        )
    for name in fields:
        setattr(resident, f"{name}_ref", refs.get(name))


def put_words(category: str, words: str, *, actor: object) -> int:
    """Keep words that belong to no resident (reasons, verdicts); return their reference."""
    stored = vault.put(
        category=category,
        fields={"words": words},
        actor=str(actor),
        legal_basis="duty",
        basis_rule="pipl_51",
    )
    return stored.refs["words"]


def propose(resident: Resident, name: str, text: str, *, actor: object) -> int:
    """Keep a value that clashed beside the one that stands; return its reference.

    An entry of the resident's own subject: it is erased with it, and found by nobody.
    """
    stored = vault.put(
        category=CATEGORY,
        fields={f"{name}_proposed": text},
        actor=str(actor),
        **facts_of(resident),
        subject_id=resident.subject_id,
    )
    return stored.refs[f"{name}_proposed"]


def drop_entries(refs: Collection[int]) -> None:
    """Take entries out that are no longer needed, settled clashes' values."""
    with vault.opened() as cursor:
        cursor.execute("DELETE FROM vault_entry WHERE id = ANY(%s)", [list(refs)])


def erase_rows(subject_ids: Collection[int]) -> None:
    """Delete what the register holds about subjects that the vault is about to erase.

    Clashes about them go with them, and the notes of visits to their flat while they belonged to
    it: a note may be about anybody who lived there then.
    """
    with acting_as("homes.eraser"):
        rows = Resident.objects.filter(subject_id__in=list(subject_ids))
        stays = list(rows.values_list("flat_id", "left_at"))
        stamping.touch([flat_id for flat_id, _left in stays])
        CareMark.objects.filter(resident__in=rows).delete()
        rows.delete()
        for flat_id, left_at in stays:
            visits = Visit.objects.filter(flat_id=flat_id, note_subject__isnull=False)
            if left_at is not None:
                visits = visits.filter(visited_at__lte=left_at)
            for subject_id in [v.note_subject for v in visits if v.note_subject is not None]:
                vault.erase(subject_id, actor="system:homes.eraser", reason="resident")


def forget_notes(subject_ids: Collection[int]) -> None:
    """Take the references to notes of visits that the vault is about to erase out of the visits."""
    with acting_as("homes.eraser"):
        visits = Visit.objects.filter(note_subject__in=list(subject_ids))
        visits.update(note_ref=None, note_subject=None)
