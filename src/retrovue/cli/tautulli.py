"""`retrovue tautulli`: connect Tautulli, test it, and read what it counted."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE, exit_code
from retrovue.cli.servers_secrets import StoreInFile, TokenStdin, consents, read_token
from retrovue.cli.session import session_of
from retrovue.core.domain.errors import RetroVueError
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.catalog.lookup import find_server
from retrovue.core.services.tautulli import connection as service
from retrovue.core.services.tautulli.sync import sync as sync_counts
from retrovue.core.system.secrets import SecretPlace

app = typer.Typer(help=_("Tautulli: connect, test, sync."), no_args_is_help=True)


@app.callback()
def tautulli() -> None:
    """Tautulli, which counts what is watched on a Plex server."""


@app.command("connect")
def connect(
    ctx: typer.Context,
    url: Annotated[str, typer.Option("--url", metavar="URL", help=_("Address of Tautulli."))],
    token_stdin: TokenStdin = False,
    server: Annotated[
        str | None,
        typer.Option("--server", metavar="SERVER", help=_("The server that it watches, if that is not found.")),
    ] = None,
    store_token_in_file: StoreInFile = False,
) -> int:
    """Connect a Tautulli by its address and API key."""
    session = session_of(ctx)
    fallback = None if server is None else find_server(session.context, server)
    key, is_for_one_run = read_token(session, service.KIND, token_stdin=token_stdin)
    done = service.connect(
        session.context,
        url=url,
        key=key,
        fallback=fallback,
        allow_file=consents(session, store_in_file=store_token_in_file),
        keep_key=not is_for_one_run,
        token=session.token,
    )
    stored, watched = done.connection, done.server
    if session.out.as_json:
        name = None if watched is None else watched.name
        session.out.json({"name": stored.name, "version": stored.version, "url": stored.url, "server": name})
    else:
        session.out.line(
            _("Tautulli {version} of “{name}” is connected.").format(version=stored.version, name=stored.name)
        )
    if watched is None:
        session.out.note(_("The Plex server that it watches is not in this catalog. Add this server, then sync."))
    if done.place is SecretPlace.FILE:
        session.out.note(_("The API key is in a file in the data folder. Anyone who can read it can use Tautulli."))
    elif done.place is SecretPlace.MEMORY:
        session.out.note(
            _("This computer has no usable keyring, so the API key is not stored. Set RETROVUE_TOKEN_TAUTULLI.")
        )
    return DONE


@app.command("test")
def test(ctx: typer.Context) -> int:
    """Check that Tautulli answers and takes its API key."""
    session = session_of(ctx)
    code, documents = DONE, []
    for connection in service.connected(session.context):
        try:
            version = service.check(session.context, connection, session.token)
            message = _("Tautulli {version} answers at {url}.").format(version=version, url=connection.url)
            documents.append({"ok": True, "version": version, "message": message})
            session.out.line(message)
        except RetroVueError as error:
            session.token.raise_if_cancelled()
            code = max(code, exit_code(error))
            documents.append({"ok": False, "version": connection.version, "message": error.text})
            session.out.problem(error.text, error.command_hint)
    if session.out.as_json:
        # The one that fails is what matters where there are several.
        session.out.json(next((one for one in documents if not one["ok"]), documents[0]))
    return code


@app.command("sync")
def sync(ctx: typer.Context) -> int:
    """Read what Tautulli has counted since the last time."""
    session = session_of(ctx)
    for connection in service.connected(session.context):
        counts = sync_counts(session.context, connection, session.token)
        if session.out.as_json and not session.out.printed_json:
            session.out.json(
                {
                    "items": counts.items,
                    "plays": counts.plays,
                    "users": counts.users,
                    "last_row_id": counts.last_row_id,
                    "synced_at": isoformat(counts.synced_at),
                }
            )
        text = ngettext("{n} new play counted, {total} in all.", "{n} new plays counted, {total} in all.", counts.fresh)
        session.out.line(text.format(n=counts.fresh, total=counts.plays))
    return DONE
