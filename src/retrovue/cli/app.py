"""All commands put together."""

import typer

from retrovue.cli import (
    db,
    demo,
    doctor,
    export,
    files,
    history,
    items,
    libraries,
    mappings,
    monitor,
    removals,
    servers,
    stats,
    sync,
)
from retrovue.core.i18n import _


def build_app() -> typer.Typer:
    """The command line as Typer knows it."""
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
    for name, group in (
        ("servers", servers.app),
        ("libraries", libraries.app),
        ("mappings", mappings.app),
        ("removals", removals.app),
        ("files", files.app),
        ("history", history.app),
        ("stats", stats.app),
        ("db", db.app),
    ):
        app.add_typer(group, name=name)
    app.command("sync")(sync.sync)
    app.command("search")(items.search)
    app.command("show")(items.show)
    app.command("export")(export.export)
    app.command("monitor")(monitor.monitor)
    app.command("doctor")(doctor.doctor)
    app.command("demo")(demo.demo)
    return app
