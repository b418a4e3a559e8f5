"""What the commands say when they are done, in the terminal's language."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from click.testing import CliRunner
from django.utils import translation

from tongxin.config.command import cli
from tongxin.foundation.access.models import Role
from tongxin.foundation.access.tests.making import member
from tongxin.foundation.territory.tests.making import District

ENGLISH, CHINESE = "en_US.UTF-8", "zh_CN.UTF-8"
Say = Callable[..., str]
MEMBERS = "编号,姓名,角色,辖区,网络\nM1,钱多,辅警,P00,公安网\nM2,孙远,队长,,\n"


@pytest.fixture
def district(db: None) -> District:
    return District()


@pytest.fixture
def say(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Say]:
    """Run a command on the test's own database and return all that it prints."""

    @contextmanager
    def here(**_options: bool) -> Iterator[None]:
        yield

    monkeypatch.setattr("tongxin.config.reaching.django", here)

    def run(language: str, *arguments: str) -> str:
        monkeypatch.setenv("LC_ALL", language)
        with translation.override("zh-hans" if language == CHINESE else "en"):
            done = CliRunner().invoke(cli, [*arguments], catch_exceptions=False)
        return done.output

    monkeypatch.chdir(tmp_path)
    Path("members.csv").write_text(MEMBERS)
    return run


def test_a_list_of_members_is_told_in_chinese_and_english(district: District, say: Say) -> None:
    dry = say(CHINESE, "members", "import", "members.csv", "--dry-run")
    assert "1 行正确，1 行有误" in dry
    assert "没有“队长”" in dry
    assert "1 rows are good, 1 bad" in say(ENGLISH, "members", "import", "members.csv", "--dry-run")
    done = say(CHINESE, "members", "import", "members.csv", "--accept")
    assert "新增成员 1 名，更新 0 名，授权 1 处，有误 1 行" in done


def test_areas_and_lists_are_told_in_chinese(district: District, say: Say) -> None:
    feature = {
        "type": "Feature",
        "geometry": district.beats[0].geometry,
        "properties": {"code": "P00", "name": "新名", "parent": "S"},
    }
    Path("beats.geojson").write_text(
        json.dumps({"type": "FeatureCollection", "features": [feature]})
    )
    arguments = ["territory", "import", "beats.geojson", "--set", "network=公安网"]
    arguments += ["--set", "level=警务区", "--srs", "WGS-84", "--keep-others"]
    dry = say(CHINESE, *arguments, "--dry-run")
    assert "将新设辖区 0 个，重新划定 1 个，失效 0 个" in dry
    Path("marks.csv").write_text("name,lon,lat\n铁塔,114.3005,30.5005\n")
    listed = say(CHINESE, "territory", "list", "landmarks", "marks.csv", "--srs", "WGS-84")
    assert "写入地标 1 处，有误 0 行" in listed
    assert "处问题" in say(CHINESE, "territory", "survey", "--network", "civic")


def test_tokens_and_kinds_are_told_in_chinese(district: District, say: Say) -> None:
    officer = member("李响", Role.COMMUNITY_OFFICER, district.beats[0])
    assert "有效期至 2" in say(CHINESE, "token", "create", officer.code)
    assert "good until 2" in say(ENGLISH, "token", "create", officer.code)
    assert " 至 2" in say(CHINESE, "token", "list")


def test_a_map_without_roads_for_somebody_says_what_follows(
    say: Say, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Made:
        version, segments, tiles = "1", 3, 4
        kilometres = {"car": 9.0, "foot": 0.0}
        restrictions_applied = restrictions_unclear = 0
        modes_without_roads = ["foot"]

    monkeypatch.setattr("tongxin.foundation.roads.importing.import_map", lambda *_a: Made())
    Path("x.osm.pbf").write_bytes(b"x")
    told = say(CHINESE, "map", "import", "x.osm.pbf")
    assert "地图版本 1：3 段路，4 张图块" in told
    assert "开车: 9 km" in told
    assert "没有可走的路：步行；这样走的人算作到不了" in told
    assert "straight-line" not in say(ENGLISH, "map", "import", "x.osm.pbf")
