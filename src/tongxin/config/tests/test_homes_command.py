"""``tongxin homes import`` as a person at a terminal runs it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tongxin.config.tests.test_incident_commands import run


@pytest.mark.django_db(transaction=True)
def test_a_list_is_checked_then_taken_over(tmp_path: Path, server: Any, database_name: str) -> None:
    from tongxin.domain.homes.models import Resident
    from tongxin.domain.homes.tests.making import Homes
    from tongxin.foundation.access.scope import acting_as

    homes = Homes()
    code = homes.ground.station.code
    url = server.of(database_name).app
    path = tmp_path / "住户.csv"
    head = "楼栋,单元,房号,姓名,电话,民族\n"
    path.write_text(head + "铁塔寺小区3号楼,2,501,单雄信,13800138000,汉\n9号楼,1,101,无,,\n")
    given = ("homes", "import", str(path), "--station", code)
    dry = run(tmp_path, *given, "--dry-run", database=url)
    assert dry.returncode == 0, dry.stderr
    assert "1 rows are good, 1 bad" in dry.stdout
    assert "民族" in dry.stderr
    assert "住户:3" in dry.stderr
    refused = run(tmp_path, *given, database=url)
    assert refused.returncode == 2
    with acting_as("test"):
        assert not Resident.objects.exists()
    taken = run(tmp_path, *given, "--accept", database=url)
    assert taken.returncode == 0, taken.stderr
    assert "1 people, 0 flats and 0 units added" in taken.stdout
    with acting_as("test"):
        assert Resident.objects.get().basis_rule == "police_law_21"
    absent = run(tmp_path, "homes", "import", str(path), "--station", "nowhere", database=url)
    assert absent.returncode == 2
