"""`retrovue stats`: what was watched, disks and duplicates."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.output import cells
from retrovue.cli.session import session_of
from retrovue.cli.stats_views import add_views
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.sizes import format_size
from retrovue.core.domain.text import isoformat
from retrovue.core.domain.titles import episode_code, episode_title, titled
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services import words
from retrovue.core.services.files import disks as disk_service
from retrovue.core.services.files.duplicates import DuplicateGroup, find_duplicates
from retrovue.core.services.files.reports import disks_json, duplicates_json

app = typer.Typer(help=_("Statistics: plays by day, user, title and more, disks, duplicates."), no_args_is_help=True)


@app.callback()
def stats() -> None:
    """Numbers about what was watched, the catalog and its disks."""


add_views(app)


@app.command("disks")
def disks(
    ctx: typer.Context,
    path: Annotated[
        str | None, typer.Option("--set", metavar="PATH", help=_("Set the capacity of an unreachable disk."))
    ] = None,
    total: Annotated[int | None, typer.Option("--total", metavar="BYTES", help=_("Capacity of the disk."))] = None,
    free: Annotated[int | None, typer.Option("--free", metavar="BYTES", help=_("Free space on the disk."))] = None,
) -> int:
    """Show every disk with mapped files: total and free space, and what each library uses."""
    session = session_of(ctx)
    if path is None and (total is not None or free is not None):
        raise ConfigError(_("No disk was given."), hint=_("Use --set PATH --total BYTES --free BYTES."))
    if path is not None:
        disk_service.set_capacity(session.context, path, total_bytes=total, free_bytes=free)
    report = disk_service.usage(session.context)
    if session.out.as_json:
        session.out.json(disks_json(report))
        return DONE
    rows = [
        cells(
            disk.path,
            _size(disk.total_bytes),
            _size(disk.free_bytes),
            " ".join(filter(None, [words.capacity_source(disk.source), isoformat(disk.at)])),
            disk.files,
            _size(disk.used_bytes),
        )
        for disk in report.disks
    ]
    columns = [_("Disk"), _("Total"), _("Free"), _("Source"), _("Files"), _("In catalog")]
    session.out.table(columns, rows, right=(1, 2, 4, 5))
    shares = [
        cells(disk.path, one.server, one.library, one.files, _size(one.size_bytes))
        for disk in report.disks
        for one in disk.libraries
    ]
    if shares:
        session.out.line("")
        columns = [_("Disk"), _("Server"), _("Library"), _("Files"), _("In catalog")]
        session.out.table(columns, shares, right=(3, 4))
    return DONE


def _size(size_bytes: int | None) -> str | None:
    return None if size_bytes is None else format_size(size_bytes)


@app.command("duplicates")
def duplicates(ctx: typer.Context) -> int:
    """Show movies and episodes with several copies, and how much space the extra copies take up."""
    session = session_of(ctx)
    report = find_duplicates(session.context, token=session.token)
    if session.out.as_json:
        session.out.json(duplicates_json(report))
        return DONE
    rows = [
        cells(
            _name(group) if index == 0 else " ",
            ", ".join(f"{server} · {library}" for server, library in copy.places),
            copy.resolution,
            _size(copy.size_bytes),
            copy.files[0].local_path or copy.files[0].server_path,
        )
        for group in report.groups
        for index, copy in enumerate(group.copies)
    ]
    if rows:
        columns = [_("Title"), _("Listed in"), _("Resolution"), _("Size"), _("Path")]
        session.out.table(columns, rows, right=(3,))
    text = ngettext(
        "{count} title has several copies; all but the largest take up {size}.",
        "{count} titles have several copies; all but the largest take up {size}.",
        len(report.groups),
    )
    session.out.note(text.format(count=number(len(report.groups)), size=format_size(report.extra_bytes)))
    return DONE


def _name(group: DuplicateGroup) -> str:
    if group.show_title is not None:
        return episode_title(
            group.show_title, episode_code(group.season, group.episode, group.episode_end, group.aired)
        )
    return titled(group.title, group.year)
