"""`retrovue search` and `retrovue show`."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.media import CatalogItem, ItemKind
from retrovue.core.domain.titles import episode_code, episode_title, titled
from retrovue.core.i18n import _, ngettext
from retrovue.core.services import words
from retrovue.core.services.catalog import browsing
from retrovue.core.services.catalog.export import item_json, item_reference
from retrovue.core.services.catalog.lookup import find_items


def search(
    ctx: typer.Context,
    text: Annotated[list[str], typer.Argument(metavar="TEXT", help=_("Words from a title."))],
    limit: Annotated[int, typer.Option("--limit", min=1, max=10_000, help=_("Maximum number of results."))] = 50,
) -> int:
    """Find shows, movies and episodes by title."""
    session = session_of(ctx)
    items = browsing.search(session.context, " ".join(text), limit=limit)
    if session.out.as_json:
        session.out.json([item_json(item) for item in items])
        return DONE
    if not items:
        session.out.note(_("No titles match."))
        return DONE
    rows = [cells(item_reference(item), _title(item), item.year, item.server, item.library) for item in items]
    session.out.table([_("Item"), _("Title"), _("Year"), _("Server"), _("Library")], rows)
    return DONE


def show(
    ctx: typer.Context,
    item: Annotated[
        str, typer.Argument(metavar="ITEM", help=_("For example show:7, episode:123, movie:45 or tvdb:121361."))
    ],
) -> int:
    """Show everything known about an item."""
    session = session_of(ctx)
    found = find_items(session.context, item)
    first, others = found[0], found[1:]
    if session.out.as_json:
        session.out.json(item_json(first))
    else:
        _describe(session, first)
    if others:
        text = ngettext(
            "{count} more item has this ID: {items}", "{count} more items have this ID: {items}", len(others)
        )
        session.out.note(text.format(count=len(others), items=", ".join(item_reference(other) for other in others)))
    return DONE


def _describe(session: Session, item: CatalogItem) -> None:
    session.out.line(titled(_title(item), item.year))
    facts = [
        (_("Item"), item_reference(item)),
        (_("Server"), f"{item.server} · {item.library}"),
        (_("IDs"), ", ".join(str(guid) for guid in item.ids)),
        (_("Removed"), None if item.removed_at is None else item.removed_at.strftime("%Y-%m-%d %H:%M UTC")),
        (_("Summary"), item.summary),
    ]
    session.out.lines(f"  {name}: {value}" for name, value in facts if value)
    for file in item.files:
        mark = " " + _("(link to a remote source)") if file.is_remote else ""
        session.out.line(f"  {words.file_state(file.state):12} {file.local_path or file.server_path}{mark}")
        if file.local_path is not None:
            session.out.line(f"  {'':12} {file.server_path}")
    if item.kind is ItemKind.SHOW:
        episodes = browsing.episodes_of(session.context, item.id)
        rows = [cells(item_reference(each), _number(each), each.title, _states(each)) for each in episodes]
        session.out.table([_("Item"), _("Number"), _("Title"), _("Files")], rows)


def _title(item: CatalogItem) -> str:
    if item.kind is ItemKind.EPISODE:
        return episode_title(item.show_title, _number(item), item.title)
    return item.title


def _number(item: CatalogItem) -> str:
    return episode_code(item.season, item.episode, item.episode_end, item.originally_available_at)


def _states(item: CatalogItem) -> str:
    return ", ".join(sorted({words.file_state(file.state) for file in item.files}))
