"""The Typer application, built from all commands."""

import copy
from collections.abc import Callable, Sequence
from typing import Any

import typer

from retrovue.core.i18n import _

_GROUPS = tuple(
    "servers libraries mappings removals files history stats tautulli collections stale notify service db".split()
)
_COMMANDS = ("sync", "search", "show", "export", "monitor", "serve", "doctor", "demo")

_WITHOUT_HELP: dict[str, Any] = {"help_option_names": []}
"""Settings of every group. Without its own help option Typer does not load its validator for it."""


def build_app(words: Sequence[str] = ()) -> typer.Typer:
    """Return the Typer application; with `words` that name one command, only that command.

    Each module imports what its commands need, up to the demo server, and Typer loads a validator for every parameter
    it gets. Loading everything took two thirds of the processor time of `servers list`.
    """
    app = typer.Typer(
        name="retrovue",
        help=_("One local catalog of every Plex, Emby and Jellyfin library. Without a command, the window opens."),
        epilog=_(
            "Global options: --data-dir DIR, --json, --quiet, --verbose. Also: --version, --minimized, --self-test."
        ),
        no_args_is_help=True,
        add_completion=False,
        rich_markup_mode=None,
        pretty_exceptions_enable=False,
    )
    first, second = [*words[:2], "", ""][:2]
    if first in _COMMANDS or (first in _GROUPS and second):
        app.info.context_settings = {} if "--help" in words else _WITHOUT_HELP
    # With a callback Typer makes a group even of a single command, so that its name is still needed.
    app.callback()(lambda: None)
    for name in [first] if first in _GROUPS else () if first in _COMMANDS else _GROUPS:
        app.add_typer(_only(_group(name, second), second), name=name)
    for name in [first] if first in _COMMANDS else () if first in _GROUPS else _COMMANDS:
        app.command(name)(_command(name))
    return app


def _only(group: typer.Typer, command: str) -> typer.Typer:
    """Return a group with this command only, or the unchanged group without such a command."""
    found = [each for each in group.registered_commands if each.name == command]
    if not found:
        return group
    alone = copy.copy(group)
    alone.registered_commands = found
    return alone


def _group(name: str, command: str) -> typer.Typer:
    """Return the commands below a word, loading only the module of the called one where it has its own."""
    # Imported on demand: see `build_app`.
    match name, command:
        case "servers", "list":
            from retrovue.cli.servers_list import app
        case "servers", _any:
            from retrovue.cli.servers import app
        case "libraries", "list":
            from retrovue.cli.libraries_list import app
        case "libraries", _any:
            from retrovue.cli.libraries import app
        case "mappings", _any:
            from retrovue.cli.mappings import app
        case "removals", _any:
            from retrovue.cli.removals import app
        case "files", _any:
            from retrovue.cli.files import app
        case "history", _any:
            from retrovue.cli.history import app
        case "notify", _any:
            from retrovue.cli.notify import app
        case "stats", _any:
            from retrovue.cli.stats import app
        case "collections", _any:
            from retrovue.cli.collections import app
        case "tautulli", _any:
            from retrovue.cli.tautulli import app
        case "stale", _any:
            from retrovue.cli.stale import app
        case "service", _any:
            from retrovue.cli.service import app
        case _:
            from retrovue.cli.db import app
    return app


def _command(name: str) -> Callable[..., Any]:
    """Return the function of a command without a group."""
    # Imported on demand: see `build_app`.
    match name:
        case "sync":
            from retrovue.cli import sync

            return sync.sync
        case "search" | "show":
            from retrovue.cli import items

            return items.search if name == "search" else items.show
        case "export":
            from retrovue.cli import export

            return export.export
        case "monitor":
            from retrovue.cli import monitor

            return monitor.monitor
        case "serve":
            from retrovue.cli import serve

            return serve.serve
        case "doctor":
            from retrovue.cli import doctor

            return doctor.doctor
        case _:
            from retrovue.cli import demo

            return demo.demo
