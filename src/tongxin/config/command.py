"""The one command-line program.

Every command is a module of ``tongxin.config.commands`` that exposes ``command``; a subpackage is a
group of commands, its docstring the group's help. Names follow the files: ``import_`` is
``import``, ``make_figures`` is ``make-figures``. Modules are only loaded when they are asked for,
so a command module imports Django and the like inside its function.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from typing import Any, cast

import click

from tongxin import __version__
from tongxin.config import speak
from tongxin.config.words import gettext as _
from tongxin.kernel.errors import TongxinError

COMMANDS = "tongxin.config.commands"
EXIT_REFUSED = 2
EXIT_FAULT = 1


class Folder(speak.Group):
    """A group whose commands are the modules of a package."""

    def __init__(self, package: str, **options: Any) -> None:
        super().__init__(**options)
        self.package = package

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Return the names of all commands, sorted."""
        return sorted(_modules(self.package))

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Load the command called ``cmd_name``; ``None`` when there is none."""
        module = _modules(self.package).get(cmd_name)
        if module is None:
            return None
        path = f"{self.package}.{module.name}"
        loaded = importlib.import_module(path)
        if module.ispkg:
            return Folder(path, name=cmd_name, help=loaded.__doc__)
        return cast(click.Command, loaded.command)


def _modules(package: str) -> dict[str, pkgutil.ModuleInfo]:
    folder = importlib.import_module(package).__path__
    found = (m for m in pkgutil.iter_modules(folder) if not m.name.startswith("_"))
    return {m.name.rstrip("_").replace("_", "-"): m for m in found if m.name != "tests"}


@click.command(cls=Folder, package=COMMANDS)
@click.version_option(
    __version__,
    cls=speak.Option,
    message="tongxin %(version)s",
    help="Show the version and exit.",
)
def cli() -> None:
    """Tongxin: a city district looks after itself."""


def main() -> None:
    """Run the command line; an expected refusal is one sentence and exit code 2."""
    try:
        code = cli.main(prog_name="tongxin", standalone_mode=False)
    except click.ClickException as error:
        error.show()
        code = error.exit_code
    except (click.Abort, KeyboardInterrupt):
        code = 130
    except TongxinError as error:
        code = _refused(error, str(error.message), EXIT_REFUSED)
    except Exception as error:
        code = _refused(error, _fault(error), EXIT_FAULT)
    sys.exit(code if isinstance(code, int) else 0)


def _refused(error: Exception, sentence: str, code: int) -> int:
    if os.environ.get("TONGXIN_TRACE") == "1":
        raise error
    click.secho(sentence, fg="red", err=True)
    return code


def _fault(error: Exception) -> str:
    first = str(error).strip().splitlines()
    said = f"{type(error).__name__}: {first[0]}" if first else type(error).__name__
    return _("A fault in Tongxin: {said} (set TONGXIN_TRACE=1 to see where).").format(said=said)
