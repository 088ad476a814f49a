"""`retrovue serve`: answer other programs in the words of Tautulli's API, until Ctrl+C."""

from typing import Annotated

import typer

from retrovue.cli.failures import DONE
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import SecretError
from retrovue.core.i18n import _
from retrovue.core.services.servers.stored import all_servers
from retrovue.core.services.sharing.hooks import hook_url
from retrovue.core.services.sharing.keys import ApiKey, api_key, new_key
from retrovue.core.system.secrets import SecretPlace
from retrovue.core.system.settings import check_value, names_of

_TAUTULLI_PORT = 8181
"""Programs that ask Tautulli then need another address only."""
_LOOK_S = 1.0


def serve(
    ctx: typer.Context,
    listen: Annotated[
        str,
        typer.Option(
            "--listen", metavar="ADDRESS", help=_("Address to listen on: 127.0.0.1 answers this computer only.")
        ),
    ] = "127.0.0.1",
    port: Annotated[
        int, typer.Option("--port", min=0, max=65535, metavar="N", help=_("Port to listen on."))
    ] = _TAUTULLI_PORT,
    make_key: Annotated[
        bool,
        typer.Option("--new-key", help=_("Create a new API key, print it and exit. The old key no longer works.")),
    ] = False,
    show_key: Annotated[bool, typer.Option("--show-key", help=_("Print the API key and exit."))] = False,
    hooks: Annotated[
        bool, typer.Option("--hooks", help=_("Print the addresses that servers send webhooks to, and exit."))
    ] = False,
    allow_stop: Annotated[
        bool, typer.Option("--allow-stop", help=_("Let programs that have the key stop streams."))
    ] = False,
    origin: Annotated[
        list[str] | None,
        typer.Option(
            "--origin",
            metavar="URL",
            help=_("Let scripts of this web page, such as https://dash.example, read answers. Can be repeated."),
        ),
    ] = None,
) -> int:
    """Answer requests from dashboards, bots and other programs until Ctrl+C."""
    session = session_of(ctx)
    origins = names_of(check_value("share_origins", "|".join(origin or ())))
    if make_key:
        return _renew(session)
    if not (show_key or hooks) and not session.wait_for_catalog():
        return DONE
    key = api_key(session.context, session.environ)
    if show_key:
        return _print_key(session, key)
    if hooks:
        return _list_hooks(session, key, listen, port)
    # Imported here: `--new-key` and the help need no server.
    from retrovue.api.server import ApiServer
    from retrovue.api.sharing import house_of

    with house_of(session.context, key, may_stop_streams=allow_stop) as house:
        server = ApiServer(house, listen, port, origins)
        server.start()
        try:
            _announce(session, key, server.url, server.home_url)
            if server.is_open:
                _warn_of_the_network(session)
            while not session.token.wait(_LOOK_S):
                # A wait without an end would not hear Ctrl+C on Windows.
                pass
        finally:
            server.stop()
    return DONE


def _announce(session: Session, key: ApiKey, url: str, home_url: str) -> None:
    """Print where requests are answered, and the key where it is kept nowhere."""
    if session.out.as_json:
        session.out.json({"url": url, "api_key_in_keyring": key.place is SecretPlace.KEYRING})
    else:
        session.out.line(_("Answering requests at {url}. Press Ctrl+C to stop.").format(url=home_url))
    session.out.stdout.flush()
    if key.place in (SecretPlace.KEYRING, SecretPlace.FILE):
        session.out.note(_("“retrovue serve --show-key” prints the API key."))
    if key.place is SecretPlace.MEMORY:
        session.out.note(_("API key for this run: {key}").format(key=key.text))
        session.out.note(_("This computer has no keyring. To keep the key in a file, set RETROVUE_SECRETS=file."))


def _warn_of_the_network(session: Session) -> None:
    session.out.warn(
        _(
            "Anyone in the home network who has the key can see what your household watches. "
            "Never open the port to the internet."
        )
    )


def _list_hooks(session: Session, key: ApiKey, listen: str, port: int) -> int:
    """Print where each server sends its webhooks."""
    found = [
        (server.name, hook_url(session.context, key, server, listen, port)) for server in all_servers(session.context)
    ]
    if session.out.as_json:
        session.out.json([{"server": name, "url": url} for name, url in found])
    else:
        session.out.table((_("Server"), _("Address")), found)
    return DONE


def _renew(session: Session) -> int:
    done = _print_key(session, new_key(session.context))
    session.out.note(_("The old key no longer works, also where RetroVue is already running."))
    return done


def _print_key(session: Session, key: ApiKey) -> int:
    """Print a key that is kept.

    Raises:
        SecretError: it would end with this run.
    """
    if key.place is SecretPlace.MEMORY:
        raise SecretError(
            _("This computer has no keyring for the API key."),
            hint=_("Set RETROVUE_SECRETS=file to keep it in a file, or give one in RETROVUE_API_KEY."),
            reason="missing",
        )
    if session.out.as_json:
        session.out.json({"api_key": key.text, "api_key_in_keyring": key.place is SecretPlace.KEYRING})
    else:
        session.out.line(key.text)
    return DONE
