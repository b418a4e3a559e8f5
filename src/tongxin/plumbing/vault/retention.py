"""The categories of personal data: what each is, how long it is kept, what goes with it.

Every category registers itself from its app's ``AppConfig.ready()``::

    retention.register("incident", keep=dt.timedelta(days=1_095), starts="end", words=_("…"))

Nothing can be put under a category that nobody registered (PIPL 19: the shortest time needed).
"""

from __future__ import annotations

import datetime as dt
import logging
import os
from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import Literal

from django.utils import timezone
from django.utils.functional import Promise

from tongxin.kernel import clock
from tongxin.kernel.errors import TongxinError

logger = logging.getLogger(__name__)

Eraser = Callable[[Collection[int]], None]
Starts = Literal["put", "end"]


@dataclass(frozen=True)
class Category:
    """One kind of personal data.

    ``keep`` is the time after which it is erased, counted from the ``put`` or from the ``end`` of
    what it belongs to (``start_clock``); ``None`` keeps it until its app erases it. ``erase`` is
    called with the ids of subjects that are about to be erased, in the same transaction, to erase
    what its app derived from them.
    """

    code: str
    keep: dt.timedelta | None
    words: str | Promise
    erase: Eraser | None = None
    starts: Starts = "put"


_categories: dict[str, Category] = {}


def register(
    category: str,
    *,
    keep: dt.timedelta | None,
    words: str | Promise,
    erase: Eraser | None = None,
    starts: Starts = "put",
) -> None:
    """Make a category known; registering it again alike does nothing.

    Raises ``ValueError`` when it is registered in another way already, or ``keep`` is not positive.
    """
    if keep is not None and keep <= dt.timedelta():
        raise ValueError(f"the category {category!r} needs a positive time to be kept")
    made = Category(category, keep, words, erase, starts)
    known = _categories.setdefault(category, made)
    if (known.keep, known.erase, known.starts) != (keep, erase, starts):
        raise ValueError(f"the category {category!r} is registered twice")


def registered() -> tuple[Category, ...]:
    """Return all categories, by code."""
    return tuple(_categories[code] for code in sorted(_categories))


def find(category: str) -> Category | None:
    """Return the category of that code, ``None`` when nobody registered it."""
    return _categories.get(category)


def kept_from_put(category: str) -> dt.date | None:
    """Return the last day on which something put in now is kept, ``None`` without such a day.

    An unregistered category raises ``TongxinError`` in tests. In service the record is kept and the
    fault logged, for nobody's report is lost by it; ``tongxin doctor`` names the category too.
    """
    known = _categories.get(category)
    if known is None:
        sentence = (
            f"The category {category!r} is not registered: call"
            " vault.retention.register in your app's ready()."
        )
        if "TONGXIN_TEST_RUN" in os.environ:
            raise TongxinError("vault.no_category", sentence, field="category")
        logger.error(sentence)
        return None
    return _last_day(known, clock.now()) if known.starts == "put" else None


def start_clock(subject_ids: Collection[int], *, at: dt.datetime | None = None) -> None:
    """Have subjects erased when their category's time is over, counted from ``at`` (now).

    For categories that start at the ``end`` of something; the others have their day already.
    Belongs into the transaction of that end.
    """
    if not subject_ids:
        return
    at = at or clock.now()
    timed = [one for one in registered() if one.starts == "end" and one.keep is not None]
    _set_days(subject_ids, {one.code: _last_day(one, at) for one in timed})


def stop_clock(subject_ids: Collection[int]) -> None:
    """Keep subjects on, for what they belong to goes on (reopened, undone)."""
    if subject_ids:
        _set_days(subject_ids, {one.code: None for one in registered() if one.starts == "end"})


def today() -> dt.date:
    """Return the day in the district's zone."""
    return timezone.localdate(clock.now())


_SET = """
    UPDATE vault_subject SET keep_until = given.day
    FROM unnest(%s::varchar[], %s::date[]) AS given (category, day)
    WHERE vault_subject.id = ANY(%s) AND vault_subject.category = given.category
"""


def _set_days(subject_ids: Collection[int], days: dict[str, dt.date | None]) -> None:
    from tongxin.plumbing.vault.opening import opened

    with opened() as cursor:
        cursor.execute(_SET, [list(days), list(days.values()), sorted(subject_ids)])


def _last_day(category: Category, at: dt.datetime) -> dt.date | None:
    return timezone.localdate(at) + category.keep if category.keep is not None else None
