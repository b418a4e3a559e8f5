"""Cases counted without persons or places: how many of a class on a day in an area."""

from __future__ import annotations

import datetime as dt

from django.db import connection
from django.utils.translation import gettext_lazy as _

from tongxin.domain.incidents.kinds import registry
from tongxin.foundation.territory.models import Area
from tongxin.kernel.errors import BadInput

_MOST = 10_000
_ADD = """
    INSERT INTO incidents_casecount AS known (area_id, day, case_class, count)
    VALUES (%s, %s, %s, %s)
    ON CONFLICT (area_id, day, case_class) DO UPDATE SET count = known.count + excluded.count
"""


def add_cases(said: object, day: dt.date) -> None:
    """Add ``{"class": …, "area": CODE, "cases": n}`` to a day's count, in the caller's transaction.

    ``CODE`` is the code of an area of the police network. Raises ``BadInput`` for anything else: a
    count that holds more than these three is refused, so that no person slips in.
    """
    if not isinstance(said, dict) or set(said) != {"class", "area", "cases"}:
        raise BadInput("count.form", _("A count holds class, area and cases, nothing else."))
    classes = {c for kind in registry().kinds.values() for c in kind.classes}
    if said["class"] not in classes:
        raise BadInput("count.class", _("There is no such class of cases."), field="class")
    cases = said["cases"]
    if not isinstance(cases, int) or isinstance(cases, bool) or not 0 < cases <= _MOST:
        raise BadInput("count.cases", _("The number of cases is none."), field="cases")
    with connection.cursor() as cursor:
        cursor.execute(_ADD, [_area(said["area"]), day, said["class"], cases])


def _area(code: object) -> int:
    areas = Area.objects.filter(network="police", code=str(code), valid_to__isnull=True)
    found = areas.values_list("pk", flat=True).first()
    if found is None:
        raise BadInput("count.area", _("There is no such area."), field="area")
    return int(found)
