"""The help of the command line, in Chinese and in English."""

from __future__ import annotations

import gettext as standard
import string
import sys
from collections.abc import Iterator
from pathlib import Path

import click
import pytest
from babel.messages.extract import extract_from_dir
from click.testing import CliRunner, Result

from tongxin.config import speak, words
from tongxin.config.command import cli
from tongxin.config.commands._asking import pairs

ENGLISH, CHINESE = "en_US.UTF-8", "zh_CN.UTF-8"
# Click says these to whoever writes the commands, or never: its kinds of path only stand in
# sentences whose Chinese leaves them out, and in the metavars.
NEVER_SHOWN = {
    *("file", "directory", "path", "Choice({choices})", "Unknown color {colour!r}"),
    *("Unknown standard stream '{name}'", "Name '{name}' defined twice"),
    *("%(prog)s, version %(version)s", "Invalid start character for option ({option})"),
}
OF_PROGRAMMERS = ("Arguments take", "Boolean option", "Could not determine", "No options defined")
PARTS_NOT_USED = ("_termui_impl.py", "_winconsole.py", "shell_completion.py")


@pytest.fixture
def chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    _speak(monkeypatch, CHINESE)


@pytest.mark.usefixtures("chinese")
def test_every_command_and_option_has_its_chinese() -> None:
    shown = list(speak.texts(cli))
    places = {text.place for text in shown}
    assert {"tongxin", "tongxin demo --offline", "tongxin demo-prepare"} <= places
    assert [text for text in shown if not _in_chinese(text.context, text.words)] == []


def test_every_command_is_made_by_speak_and_has_its_line() -> None:
    for name, command in _commands(cli, "tongxin"):
        assert isinstance(command, speak.Command), name
        assert command.help, name
        plain = [p for p in command.params if not isinstance(p, (speak.Option, speak.Argument))]
        assert plain == [], name
        assert command.get_short_help_str(), name


@pytest.mark.usefixtures("chinese")
def test_every_sentence_of_click_has_its_chinese_with_the_same_fields() -> None:
    sentences = list(_sentences_of_click())
    assert ("No such command {name!r}.",) in sentences
    for said in [*sentences, (speak.HEADING,)]:
        translated = words.npgettext(speak.CLICK, said[0], said[-1], 2)
        if len(said) == 1:
            translated = words.pgettext(speak.CLICK, said[0])
        assert _is_chinese(translated), said
        assert _fields(translated) <= _fields(" ".join(said)), said


def test_no_part_of_click_asks_the_standard_library() -> None:
    asked = (standard.gettext, standard.ngettext)
    parts = [part for name, part in sys.modules.items() if name.startswith("click.")]
    used = [part for part in parts if not str(part.__file__).endswith(PARTS_NOT_USED)]
    assert len(used) > 8
    assert [
        part for part in used for name in ("_", "ngettext") if vars(part).get(name) in asked
    ] == []


@pytest.mark.parametrize(
    ("language", "expected"),
    [
        (ENGLISH, ["Usage: tongxin [OPTIONS] COMMAND [ARGS]...", "Options:", "Commands:",
                   "  --help     Show this message and exit.",
                   "  serve      Serve pages, live streams and jobs."]),
        (CHINESE, ["用法：tongxin [选项] 命令 [参数]...", "选项：", "命令：",
                   "  --help     显示本帮助并退出。",
                   "  --version  显示版本并退出。",
                   "  serve      启动服务：页面、实时推送和任务。"]),
    ],
)  # fmt: skip
def test_the_help_speaks_the_terminals_language(
    language: str, expected: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = _run(monkeypatch, language, "--help").output.splitlines()
    assert [line for line in expected if line not in lines] == []


@pytest.mark.parametrize(
    ("arguments", "english", "chinese"),
    [
        ("fly", "No such command 'fly'.", "错误：没有命令 'fly'。"),
        ("serve --loud", "No such option '--loud'.", "错误：没有选项 '--loud'。"),
        ("demo --calls -1", "-1 is not in the range x>=0.", "'--calls' 的值无效：-1 不在范围 x>=0"),
        ("demo --size huge", "is not one of 'default',", "'huge' 不在可选值之内："),
        ("demo --real /no", "Directory '/no' does not exist.", "'--real' 的值无效：'/no' 不存在。"),
        ("feed sign /etc/hostname", "Missing option '--key'.", "缺少选项 '--key'"),
        ("map import", "Missing argument 'PBF'.", "缺少参数 'PBF文件'"),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_in_the_terminals_language(
    arguments: str, english: str, chinese: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    for language, expected in ((ENGLISH, english), (CHINESE, chinese)):
        done = _run(monkeypatch, language, *arguments.split())
        assert done.exit_code == 2
        assert expected in done.output
    assert "用“tongxin" in done.output


@pytest.mark.usefixtures("chinese")
def test_a_pair_that_is_none_is_told_in_chinese() -> None:
    with pytest.raises(click.BadParameter) as refused:
        pairs("--column", ["x"])
    assert refused.value.format_message() == "--column 的值无效：'x' 不是“字段=值”的形式"


@pytest.mark.usefixtures("chinese")
def test_every_page_fits_the_terminal_and_no_line_begins_with_a_closing_mark() -> None:
    for name, command in _commands(cli, "tongxin"):
        for line in command.get_help(speak.Context(command, info_name=name)).splitlines():
            assert sum(2 if ord(char) > 0x2E7F else 1 for char in line) <= 80, line
            assert not line.strip().startswith(tuple("，。；：、！？）”")), line


def test_a_long_sentence_is_wrapped_between_chinese_characters(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _speak(monkeypatch, CHINESE)
    page = speak.Page(width=12)
    page.write_text("一二三四五六，七八 abc 九")
    assert page.getvalue() == "一二三四五\n六，七八 abc\n九\n"


def _run(monkeypatch: pytest.MonkeyPatch, language: str, *arguments: str) -> Result:
    _speak(monkeypatch, language)
    return CliRunner().invoke(cli, list(arguments), prog_name="tongxin")


def _speak(monkeypatch: pytest.MonkeyPatch, language: str) -> None:
    for name in ("LC_ALL", "LC_MESSAGES", "LANG"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("LANG", language)


def _commands(top: click.Command, name: str) -> Iterator[tuple[str, click.Command]]:
    yield name, top
    if isinstance(top, click.Group):
        ctx = click.Context(top)
        for below in top.list_commands(ctx):
            found = top.get_command(ctx, below)
            assert found is not None
            yield from _commands(found, f"{name} {below}")


def _in_chinese(context: str, message: str) -> bool:
    found = words.pgettext(context, message) if context else words.gettext(message)
    return _is_chinese(found)


def _is_chinese(text: str) -> bool:
    return any(ord(char) > 0x2E7F for char in text)


def _fields(text: str) -> set[str]:
    return {name for _text, name, _spec, _conversion in string.Formatter().parse(text) if name}


def _sentences_of_click() -> Iterator[tuple[str, ...]]:
    folder = Path(str(click.__file__)).parent
    keywords = {"_": None, "ngettext": (1, 2)}
    for found in extract_from_dir(folder, [("**.py", "python")], keywords=keywords):
        said = found[2] if isinstance(found[2], tuple) else (found[2],)
        shown = said[0] not in NEVER_SHOWN and not said[0].startswith(OF_PROGRAMMERS)
        if shown and not found[0].endswith(PARTS_NOT_USED):
            yield said
