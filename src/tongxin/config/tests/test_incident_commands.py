from __future__ import annotations

import base64
import datetime as dt
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

SRC = Path(__file__).resolve().parents[3]


def run(data: Path, *arguments: str, database: str = "postgresql://nobody@127.0.0.1:1/x") -> Any:
    """Run ``tongxin`` as a person at a terminal would."""
    environment = os.environ | {
        "TONGXIN_DATA": str(data), "DATABASE_URL": database, "LC_ALL": "en_US.UTF-8",
        "PYTHONPATH": str(SRC), "DJANGO_SETTINGS_MODULE": "tongxin.config.settings",
    }  # fmt: skip
    command = [sys.executable, "-m", "tongxin", *arguments]
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=False)


def test_kinds_check_names_the_line_and_passes_the_packages_own(tmp_path: Path) -> None:
    good = run(tmp_path, "kinds", "check")
    assert good.returncode == 0
    assert "emergency" in good.stdout
    wrong = tmp_path / "mine.yaml"
    wrong.write_text("kinds:\n  help:\n    like: help\n    urgency: 9\n")
    bad = run(tmp_path, "kinds", "check", str(wrong))
    assert bad.returncode == 2
    assert "mine.yaml, line 4" in bad.stderr
    assert len(bad.stderr.strip().splitlines()) == 1


def test_a_wrong_table_in_force_keeps_everything_from_starting_and_names_the_line(
    tmp_path: Path,
) -> None:
    (tmp_path / "kinds.yaml").write_text("kinds:\n  help: {like: help, colour: red}\n")
    said = run(tmp_path, "kinds", "check")
    assert said.returncode == 2
    assert "kinds.yaml, line 2" in said.stderr
    worker = run(tmp_path, "worker")
    assert worker.returncode != 0
    assert "kinds.yaml" in worker.stderr  # in the district's language, for nothing is set up yet
    assert "2" in worker.stderr


@pytest.mark.django_db(transaction=True)
def test_a_log_and_a_feed_are_taken_in(tmp_path: Path, server: Any, database_name: str) -> None:
    from tongxin.domain.incidents import feed110
    from tongxin.domain.incidents.models import Incident
    from tongxin.domain.incidents.tests.making import HERE, Cast

    Cast()
    url = server.of(database_name).app
    log = tmp_path / "log.csv"
    head, good = "no,at,x,y\n", f"1,2026-01-05 08:00,{HERE.lon},{HERE.lat}\n"
    log.write_text(head + good + "2,never,1,2\n")
    columns = ["--column", "id=no", "--column", "time=at", "--column", "lon=x", "--column", "lat=y"]
    arguments = ["incidents", "import", str(log), *columns, "--kind", "help"]
    dry = run(tmp_path, *arguments, "--dry-run", database=url)
    assert "line 3, at" in dry.stdout
    assert "2 rows, 1 bad" in dry.stdout
    refused = run(tmp_path, *arguments, database=url)
    assert refused.returncode != 0
    assert not Incident.objects.exists()
    assert "1 taken in" in run(tmp_path, *arguments, "--accept", database=url).stdout

    key = Ed25519PrivateKey.generate()
    (tmp_path / "keys").mkdir(exist_ok=True)
    public = base64.b64encode(key.public_key().public_bytes_raw())
    (tmp_path / "keys" / "feed110.pub").write_bytes(public)
    line = {"n": 2, "at": "2026-06-15T09:00:00+08:00", "kind": "help", "lon": HERE.lon}
    feed = tmp_path / "feed.jsonl"
    feed.write_bytes(feed110.sign([{**line, "lat": HERE.lat}], {dt.date(2026, 6, 15): 2}, key))
    said = run(tmp_path, "feed", "import", str(feed), database=url)
    assert "1 taken in" in said.stdout
    assert "never came: 1 to 1" in said.stdout
    assert Incident.objects.filter(source="110").count() == 1
