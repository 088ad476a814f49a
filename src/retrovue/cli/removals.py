"""`retrovue removals`: items that their server no longer lists, and decisions about them."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.output import cells
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.sync import Removal, RemovalState
from retrovue.core.i18n import _, ngettext
from retrovue.core.services import words
from retrovue.core.services.catalog.lookup import find_library, find_server
from retrovue.core.services.sync import review

app = typer.Typer(help=_("Removals: list, accept, restore."), no_args_is_help=True)

ServerOption = Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only this server."))]
LibraryOption = Annotated[str | None, typer.Option("--library", metavar="LIBRARY", help=_("Only this library."))]
Ids = Annotated[list[int] | None, typer.Argument(metavar="[ID]...", help=_("IDs from “removals list”."))]
All = Annotated[bool, typer.Option("--all", help=_("All listed removals."))]


@app.command("list")
def list_removals(ctx: typer.Context, server: ServerOption = None, library: LibraryOption = None) -> int:
    """List removals that wait for a decision, and items that were removed."""
    session = session_of(ctx)
    removals = _chosen(session, server, library)
    if session.out.as_json:
        session.out.json([removal_json(removal) for removal in removals])
        return DONE
    rows = [
        cells(
            removal.id,
            removal.server,
            removal.library,
            words.item_kind(removal.kind),
            removal.label,
            words.removal_state(removal.state),
        )
        for removal in removals
    ]
    session.out.table([_("ID"), _("Server"), _("Library"), _("Type"), _("Title"), _("Status")], rows, right=(0,))
    return DONE


@app.command("accept")
def accept(
    ctx: typer.Context,
    ids: Ids = None,
    everything: All = False,
    server: ServerOption = None,
    library: LibraryOption = None,
) -> int:
    """Accept held-back removals."""
    session = session_of(ctx)
    chosen = _decided(session, ids, server, library, everything=everything)
    waiting = [removal.id for removal in chosen if removal.state is RemovalState.HELD_BACK]
    count = review.accept(session.context, waiting)
    if session.out.as_json:
        session.out.json({"accepted": count})
    text = ngettext("{count} item was removed.", "{count} items were removed.", count)
    session.out.note(text.format(count=count))
    return DONE


@app.command("restore")
def restore(
    ctx: typer.Context,
    ids: Ids = None,
    everything: All = False,
    server: ServerOption = None,
    library: LibraryOption = None,
) -> int:
    """Keep held-back items, and bring back removed ones."""
    session = session_of(ctx)
    chosen = _decided(session, ids, server, library, everything=everything)
    count = review.restore(session.context, [removal.id for removal in chosen])
    if session.out.as_json:
        session.out.json({"restored": count})
    text = ngettext("{count} item was kept.", "{count} items were kept.", count)
    session.out.note(text.format(count=count))
    return DONE


def removal_json(removal: Removal) -> dict[str, object]:
    """Return a removal as JSON. Scripts rely on this shape."""
    return {
        "id": removal.id,
        "server": removal.server,
        "library": removal.library,
        "kind": removal.kind.value,
        "title": removal.title,
        "state": removal.state.value,
    }


def _chosen(session: Session, server: str | None, library: str | None) -> list[Removal]:
    context = session.context
    of_server = None if server is None else find_server(context, server)
    of_library = None if library is None else find_library(context, library, server=of_server, include_gone=True)
    return review.removals(context, server=of_server, library=of_library)


def _decided(
    session: Session, ids: list[int] | None, server: str | None, library: str | None, *, everything: bool
) -> list[Removal]:
    listed = _chosen(session, server, library)
    if everything == bool(ids):
        raise ConfigError(_("Give the IDs, or use --all."), hint=_("List them with “retrovue removals list”."))
    if not ids:
        return listed
    known = {removal.id: removal for removal in listed}
    unknown = [str(removal_id) for removal_id in ids if removal_id not in known]
    if unknown:
        raise ConfigError(
            _("No such removal: {ids}.").format(ids=", ".join(unknown)),
            hint=_("List them with “retrovue removals list”."),
        )
    return [known[removal_id] for removal_id in ids]
