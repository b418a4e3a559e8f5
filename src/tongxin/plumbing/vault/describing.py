"""What is held about somebody, in plain words: each category's app says what its records are.

A category registers its describer from its app's ``AppConfig.ready()``, as it does its eraser::

    describing.register("resident", describe=rights.describe, put_right=rights.put_right, about=…)

Nothing is opened here: a describer says what a record is and what it belongs to, the vault adds on
what ground it is kept, since when and till when.
"""

from __future__ import annotations

import datetime as dt
from collections import defaultdict
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from django.utils.functional import Promise

from tongxin.kernel.geometry import Spot
from tongxin.plumbing.vault import blind, retention, selectors
from tongxin.plumbing.vault.legal import CONSENTED
from tongxin.plumbing.vault.opening import opened

MOST = 200
"""How many records of one number are described; nobody has more but by a mistake."""


@dataclass(frozen=True, slots=True)
class Described:
    """What one record is, said by its category's app without opening it.

    ``what`` and ``why`` are whole sentences. ``hidden``: a protected person's; nothing at all about
    the number is shown then. ``is_minor``: shown to a guardian only. ``duty_runs``: a duty to keep
    it still runs, so that it cannot be erased now. ``spot`` and ``area_ids`` say whose ground it
    is, ``to_find`` in words for its officer where (no part of a message). ``related`` are subjects
    that go with it (photos), ``trail`` further references under which looks at it are recorded,
    ``more`` what a copy says besides the vault's fields.
    """

    subject_id: int
    what: str
    why: str
    area_ids: tuple[int, ...] = ()
    spot: Spot | None = None
    to_find: str = ""
    hidden: bool = False
    is_minor: bool = False
    duty_runs: bool = False
    related: tuple[int, ...] = ()
    trail: tuple[str, ...] = ()
    trail_id: int | None = None
    more: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Facts:
    """What the vault knows of a record: its grounds, the fields, since when and till when.

    ``bases`` are codes of ``legal.LegalBasis``, ``rules`` those of the duties; ``till`` is the last
    day, ``None`` while its time has not begun.
    """

    subject_id: int
    category: str
    since: dt.datetime
    till: dt.date | None
    fields: tuple[str, ...]
    bases: tuple[str, ...]
    rules: tuple[str, ...]
    notice: str
    photos: int

    @property
    def by_consent(self) -> bool:
        """Tell whether all of it rests on a consent, or a guardian's: it may be withdrawn."""
        return bool(self.bases) and all(each in CONSENTED for each in self.bases)


@dataclass(frozen=True, slots=True)
class Held:
    """One record that is held: the app's words and the vault's facts."""

    facts: Facts
    described: Described

    @property
    def subject_id(self) -> int:
        """Return the vault's subject."""
        return self.facts.subject_id

    @property
    def may_erase(self) -> bool:
        """Tell whether no duty keeps it: it rests on consent, or the duty is over."""
        return self.facts.by_consent or not self.described.duty_runs


@dataclass(frozen=True, slots=True)
class About:
    """A category as residents are told of it: why it is kept, on what ground, who may see it."""

    why: str | Promise
    ground: str | Promise
    who: str | Promise


Describer = Callable[[Collection[int]], Sequence[Described]]
PutRight = Callable[[int, Mapping[str, str], object], None]


@dataclass(frozen=True)
class _Known:
    describe: Describer | None
    put_right: PutRight | None
    about: About | None


_known: dict[str, _Known] = {}
_FACTS = """
    SELECT subject.id, subject.category, subject.created_at, subject.keep_until,
        coalesce(array_agg(DISTINCT part.field) FILTER (WHERE part.field <> ''), '{}'),
        coalesce(array_agg(DISTINCT part.legal_basis) FILTER (WHERE part.legal_basis <> ''), '{}'),
        coalesce(array_agg(DISTINCT part.basis_rule) FILTER (WHERE part.basis_rule <> ''), '{}'),
        coalesce(max(part.notice_version), ''),
        count(*) FILTER (WHERE part.field = '')
    FROM vault_subject subject
    JOIN (
        SELECT subject_id, field, legal_basis, basis_rule, notice_version FROM vault_entry
        WHERE subject_id = ANY(%(ids)s) AND withdrawn_at IS NULL AND ciphertext <> ''
        UNION ALL
        SELECT subject_id, '', legal_basis, basis_rule, notice_version FROM vault_storedfile
        WHERE subject_id = ANY(%(ids)s) AND withdrawn_at IS NULL
    ) part ON part.subject_id = subject.id
    WHERE subject.id = ANY(%(ids)s) AND subject.wrapped_key IS NOT NULL
    GROUP BY subject.id ORDER BY subject.created_at DESC, subject.id DESC
"""


def register(
    category: str,
    *,
    describe: Describer | None = None,
    put_right: PutRight | None = None,
    about: About | None = None,
) -> None:
    """Let a category describe its records.

    ``describe`` gets subject ids of the category and leaves out those of which the person is not
    to hear (a code just sent); ``put_right`` changes fields of a subject (subject id, field →
    text, actor), where the app lets the desk do it. Raises ``ValueError`` for a second describer.
    """
    made = _Known(describe, put_right, about)
    known = _known.setdefault(category, made)
    if (known.describe, known.put_right) != (describe, put_right):
        raise ValueError(f"the category {category!r} describes itself twice")


def about(category: str) -> About | None:
    """Return what residents are told of a category, ``None`` where its app says nothing."""
    known = _known.get(category)
    return known.about if known else None


def can_put_right(category: str) -> bool:
    """Tell whether the desk may change fields of the category's records itself."""
    known = _known.get(category)
    return known is not None and known.put_right is not None


def put_right(held: Held, fields: Mapping[str, str], actor: object) -> None:
    """Change fields of a record through its app; raises ``LookupError`` where it cannot."""
    known = _known.get(held.facts.category)
    if known is None or known.put_right is None:
        raise LookupError(held.facts.category)
    known.put_right(held.subject_id, fields, actor)


def held_about(phone: str) -> list[Held]:
    """Return all that is held under a phone number, in every category, the latest first."""
    return held_under(blind.phone(phone))


def held_under(digest: bytes) -> list[Held]:
    """Return what is held under the digest of a phone number (``blind.phone``)."""
    found = {match.subject_id for match in selectors.matches(digest, limit=MOST)}
    return held_of(found)


def held_of(subject_ids: Iterable[int]) -> list[Held]:
    """Return of these subjects what is still held, with the words of their apps."""
    facts = facts_of(subject_ids)
    by_category: dict[str, list[int]] = defaultdict(list)
    for each in facts:
        by_category[each.category].append(each.subject_id)
    described = {
        one.subject_id: one
        for category, ids in by_category.items()
        for one in _describe(category, ids)
    }
    return [
        Held(each, described[each.subject_id]) for each in facts if each.subject_id in described
    ]


def facts_of(subject_ids: Iterable[int]) -> list[Facts]:
    """Return the vault's facts of subjects, the latest first; what was erased is left out."""
    with opened() as cursor:
        cursor.execute(_FACTS, {"ids": sorted(set(subject_ids))})
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return [
        Facts(row[0], row[1], row[2], row[3], tuple(row[4]), tuple(row[5]), tuple(row[6]), *row[7:])
        for row in rows
    ]


def _describe(category: str, ids: list[int]) -> Sequence[Described]:
    known = _known.get(category)
    if known is not None and known.describe is not None:
        return known.describe(ids)
    registered = retention.find(category)
    words = str(registered.words) if registered else category
    return [Described(each, words, "", duty_runs=True) for each in ids]
