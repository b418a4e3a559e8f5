"""What a report says, checked before anything is written."""

from __future__ import annotations

import datetime as dt
import hmac
import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents.kinds import Kind, registry
from tongxin.domain.incidents.models import Source
from tongxin.kernel import clock
from tongxin.kernel.errors import BadInput
from tongxin.kernel.geometry import Spot

MAX_WORDS = 4_000
_SOURCES = frozenset(Source.values)
_FUTURE = dt.timedelta(minutes=10)
_WORDS = {"what": MAX_WORDS, "place_said": 200, "contact_name": 40, "contact_phone": 32}


@dataclass(frozen=True)
class Ended:
    """For a report taken over from an older log: when it came in, and how it had ended."""

    opened_at: dt.datetime
    outcome: str
    closed_at: dt.datetime | None = None


@dataclass(frozen=True)
class Report:
    """What somebody reports. ``spot`` is WGS-84; ``urgency`` 1–3 defaults to the kind's.

    ``what``, ``place_said`` and the contact are words of the reporter and go to the vault only.
    ``legal_basis`` and ``notice_version`` say why they may be kept (PIPL 13–17). ``place`` is a
    label without flat or person, made from the gazetteer when empty. ``ended`` marks a report from
    an older log: no clocks start and nobody is called.
    """

    kind: str
    spot: Spot
    source: str = Source.API
    what: str = ""
    place_said: str = ""
    contact_name: str = ""
    contact_phone: str = ""
    urgency: int | None = None
    occurred_at: dt.datetime | None = None
    external_ref: str = ""
    legal_basis: str = "public_duty"
    notice_version: str = ""
    place: str = ""
    ended: Ended | None = None

    def words(self) -> dict[str, str]:
        """Return the reporter's own words by field, the empty ones left out."""
        given = {name: getattr(self, name).strip() for name in _WORDS}
        return {name: words for name, words in given.items() if words}

    def digest(self) -> bytes:
        """Return a keyed digest of everything said, to tell the same report from another."""
        said = repr([getattr(self, name) for name in self.__dataclass_fields__]).encode()
        return hmac.digest(settings.SECRET_KEY.encode(), b"intake" + said, "sha256")

    def checked(self) -> Kind:
        """Return the report's kind; raises ``BadInput`` naming the first field that is wrong."""
        kind = registry()[self.kind]
        if kind.count_only:
            raise BadInput(
                "kind.counts_only", _("This is only counted and cannot be reported."), field="kind"
            )
        check_spot(self.spot)
        for name, longest in _WORDS.items():
            check_words(name, getattr(self, name), longest)
        check_words("external_ref", self.external_ref, 64)
        check_words("place", self.place, 120)
        if self.source not in _SOURCES:
            raise BadInput("report.source", _("There is no such source."), field="source")
        if self.urgency is not None and self.urgency not in (1, 2, 3):
            raise BadInput("report.urgency", _("Urgency is 1, 2 or 3."), field="urgency")
        self._check_times()
        return kind

    def _check_times(self) -> None:
        moments: Mapping[str, Any] = {
            "occurred_at": self.occurred_at,
            "opened_at": self.ended and self.ended.opened_at,
        }
        for name, moment in moments.items():
            if moment is None:
                continue
            if moment.tzinfo is None:
                raise BadInput("report.time_zone", _("The time needs a zone."), field=name)
            if moment > clock.now() + _FUTURE:
                raise BadInput("report.future", _("The time lies in the future."), field=name)


def check_spot(spot: Spot) -> None:
    """Raise ``BadInput`` unless the spot is one on earth."""
    lon, lat = spot
    if not (math.isfinite(lon) and math.isfinite(lat) and abs(lon) <= 180 and abs(lat) <= 90):
        raise BadInput("report.spot", _("This is no place on earth."), field="spot")


def check_words(name: str, words: str, longest: int) -> None:
    """Raise ``BadInput`` for words that are too long or hold what is no character."""
    if len(words) > longest:
        raise BadInput(
            "report.too_long",
            _("This is too long: %(longest)d characters at most.") % {"longest": longest},
            field=name,
        )
    if "\x00" in words:
        raise BadInput("report.characters", _("This holds characters that are none."), field=name)
