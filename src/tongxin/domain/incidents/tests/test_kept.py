"""What residents told is kept three years after an incident's end, photos one; then it goes."""

from __future__ import annotations

import datetime as dt
import io
from typing import Any

from PIL import Image

from tongxin.domain.incidents import actions, keeping, selectors
from tongxin.domain.incidents.models import Incident, Photo
from tongxin.domain.incidents.tests.making import Cast, by, reported
from tongxin.kernel import clock
from tongxin.plumbing.vault import actions as vault
from tongxin.plumbing.vault import erasing

DAY = dt.timedelta(days=1)


def days() -> dict[str, dt.date | None]:
    with vault.opened() as cursor:
        cursor.execute("SELECT category, keep_until FROM vault_subject WHERE erased_at IS NULL")
        return dict(cursor.fetchall())


def told(cast: Cast) -> Incident:
    out = io.BytesIO()
    Image.new("RGB", (40, 40)).save(out, "JPEG")
    incident = reported("help", what="楼道漏水", contact_phone="13800138000")
    actions.add_photo(incident.pk, actor=by(cast.officer), data=out.getvalue())
    return incident


def close(incident: Incident, cast: Cast) -> None:
    version = Incident.objects.get(pk=incident.pk).version
    actions.close(incident.pk, actor=by(cast.officer), outcome="helped", version=version)


def test_the_time_starts_at_the_end_and_stops_when_it_goes_on(cast: Cast) -> None:
    incident = told(cast)
    assert days() == {"incident": None, "incident_photo": None}
    close(incident, cast)
    today = clock.now().date()
    assert days()["incident"] in (today + keeping.WORDS, today + DAY + keeping.WORDS)
    assert days()["incident_photo"] in (today + keeping.PHOTOS, today + DAY + keeping.PHOTOS)
    actions.reopen(incident.pk, actor=by(cast.officer))
    assert days() == {"incident": None, "incident_photo": None}


def test_words_and_photos_go_when_their_time_is_over(cast: Cast) -> None:
    incident = told(cast)
    close(incident, cast)
    with clock.held(clock.HeldClock(clock.now() + keeping.PHOTOS + 2 * DAY)):
        assert erasing.erase_due() == 1
        assert Photo.objects.get(incident=incident).erased_at is not None
        assert set(days()) == {"incident"}
    with clock.held(clock.HeldClock(clock.now() + keeping.WORDS + 2 * DAY)):
        assert erasing.erase_due() == 1
    assert days() == {}
    assert words(incident, cast) == {}


def words(incident: Incident, cast: Cast) -> dict[str, Any]:
    return dict(selectors.words_of(incident, cast.officer, purpose="handle_incident"))
