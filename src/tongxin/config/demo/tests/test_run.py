from __future__ import annotations

import errno
from pathlib import Path

import pytest
from click.testing import CliRunner

from tongxin.config.command import cli
from tongxin.config.demo import preparing
from tongxin.config.demo.preparing import Wanted, prepare
from tongxin.config.demo.run import LOG_INS, Choices, plan_for, run, say_log_ins
from tongxin.kernel.errors import BadInput, TongxinError


def test_the_demo_prepares_then_keeps_its_people_playing() -> None:
    plan = plan_for(Choices(size="large", offline=True, speed=4))
    [prepares] = plan.prepare
    assert {"demo-prepare", "large", "--offline", "--lively"} <= set(prepares)
    assert plan.extra["simulation"][-2:] == ["--speed", "4"]
    assert plan.quiet


def test_without_simulation_nobody_acts_but_the_visitor() -> None:
    plan = plan_for(Choices(simulation=False))
    assert plan.extra == {}
    assert "--still" in plan.prepare[0]


@pytest.mark.parametrize("speed", [0, -1, 61])
def test_a_speed_that_cannot_be_played_is_refused(speed: float) -> None:
    with pytest.raises(BadInput) as refused:
        run(Choices(speed=speed))
    assert refused.value.field == "speed"


def test_the_log_ins_and_the_password_are_said(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TONGXIN_DEMO_PASSWORD", "open-sesame-please")
    monkeypatch.setenv("PORT", "8199")
    say_log_ins()
    said = capsys.readouterr().out
    assert "http://127.0.0.1:8199/" in said
    assert "open-sesame-please" in said
    assert all(name in said for name in LOG_INS)


def test_steps_of_the_demo_are_not_offered_as_commands() -> None:
    shown = CliRunner().invoke(cli, ["--help"]).output
    assert "  demo " in shown
    assert "demo-prepare" not in shown
    assert "demo-simulate" not in shown


@pytest.mark.django_db
def test_a_full_disk_is_said_in_one_sentence(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    wanted = Wanted("default", tmp_path, "long-enough-for-a-demo")
    monkeypatch.setitem(preparing.NEEDS_BYTES, "default", 1 << 62)
    with pytest.raises(TongxinError) as before:
        prepare(wanted, lambda _stage, _share: None)
    monkeypatch.setitem(preparing.NEEDS_BYTES, "default", 1)
    monkeypatch.setattr(preparing, "draw_demo", _no_space)
    with pytest.raises(TongxinError) as within:
        prepare(wanted, lambda _stage, _share: None)
    assert before.value.code == within.value.code == "disk.full"


def _no_space(*_given: object, **_options: object) -> None:
    raise OSError(errno.ENOSPC, "No space left on device")
