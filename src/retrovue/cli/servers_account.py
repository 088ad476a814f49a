"""Sign-in with a code that is confirmed elsewhere: Plex in the browser, Jellyfin with Quick Connect."""

import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.live import Live
from rich.text import Text

from retrovue.cli.failures import DONE, servers_code
from retrovue.cli.output import cells
from retrovue.cli.servers_secrets import say_place
from retrovue.cli.servers_shown import added_json
from retrovue.cli.session import Session
from retrovue.core.domain.errors import ConfigError, SecretError, SourceError
from retrovue.core.domain.servers import Server, ServerKind
from retrovue.core.i18n import _
from retrovue.core.services.servers import registration as service
from retrovue.core.services.servers.stored import all_servers, server_of_machine

if TYPE_CHECKING:
    from retrovue.core.services.servers.sign_in import AccountServer, SignedIn

_QUICK_CONNECT_S = 300.0


@dataclass(frozen=True, slots=True)
class Choice:
    """The servers of an account to add. `server` is a name or machine identifier; `name` is the new name."""

    server: str | None = None
    name: str | None = None
    everything: bool = False


def account_token(session: Session) -> str:
    """Show a code and its link, and wait until it is confirmed.

    Raises:
        AuthError: it was not confirmed in time.
        SourceError: the account service cannot be reached.
        Cancelled: Ctrl+C.
    """
    from retrovue.core.services.servers import sign_in as signing_in

    context = session.context
    pin = signing_in.start_plex(context, token=session.token)
    session.out.warn(_("Open this link in a browser and sign in to Plex: {url}").format(url=pin.browser_url))
    session.out.warn(_("Code: {code}").format(code=pin.code))
    with _countdown(session, pin.expires_at - context.clock.epoch()):
        return signing_in.wait_for_plex(context, pin, token=session.token)


def quick_connect(session: Session, url: str, *, fingerprint: str | None, expected: Server | None) -> "SignedIn":
    """Show a Quick Connect code, and wait until it is confirmed. Raises like `account_token`."""
    from retrovue.core.services.servers import sign_in as signing_in

    context = session.context
    code = signing_in.start_quick_connect(
        context, url, tls_fingerprint=fingerprint, token=session.token, expected=expected
    )
    session.out.warn(_("On a device that is signed in to this server, enter this code under Quick Connect."))
    session.out.warn(_("Code: {code}").format(code=code.code))
    with _countdown(session, _QUICK_CONNECT_S):
        return signing_in.wait_for_quick_connect(context, url, code, tls_fingerprint=fingerprint, token=session.token)


def add_from_account(session: Session, choice: Choice, *, consent: bool) -> int:
    """Sign in with a Plex account and add its servers. Existing ones are signed in again."""
    from retrovue.core.services.servers import sign_in as signing_in

    listed = signing_in.plex_servers(session.context, account_token(session), token=session.token)
    if not listed:
        raise ConfigError(
            _("This Plex account has no servers."), hint=_("Ask someone to share a server with this account.")
        )
    chosen = _chosen(session, listed, choice)
    if chosen is None:
        return _offer(session, listed)
    done: list[Server] = []
    failed = 0
    for each in chosen:
        try:
            done.append(_take(session, each, choice.name, consent=consent))
        except (SourceError, SecretError, ConfigError) as error:
            if len(chosen) == 1:
                raise
            failed += 1
            session.out.problem(f"{each.name}: {error.text}", error.command_hint)
    if session.out.as_json:
        documents = [added_json(server) for server in done]
        session.out.json(documents if choice.everything else documents[0])
    return servers_code(len(chosen), failed)


def _take(session: Session, listed: "AccountServer", name: str | None, *, consent: bool) -> Server:
    """Add one server of the account, or sign in to it again."""
    from retrovue.core.services.servers import sign_in as signing_in

    context = session.context
    known = server_of_machine(context, ServerKind.PLEX, listed.machine_identifier)
    if known is not None:
        place = service.sign_in(context, known, listed.token, allow_file=consent, token=session.token)
        session.out.note(_("“{name}” was already added. It is signed in again.").format(name=known.name))
        say_place(session, known, place)
        return known
    reached = signing_in.reach_plex(context, listed, token=session.token)
    added = service.add(
        context,
        kind=ServerKind.PLEX,
        name=name or _free_name(session, listed),
        url=reached.url,
        secret=reached.secret,
        allow_file=consent,
        token=session.token,
    )
    session.out.note(_("“{name}” was added at {url}.").format(name=added.server.name, url=reached.url))
    if reached.is_relay:
        session.out.warn(
            _("“{name}” can be reached only through Plex Relay, which is slow.").format(name=added.server.name)
        )
    if not listed.is_owned:
        owner = listed.owner or _("someone else")
        session.out.note(_("“{name}” is shared by {owner}.").format(name=added.server.name, owner=owner))
    say_place(session, added.server, added.place)
    return added.server


def _free_name(session: Session, listed: "AccountServer") -> str:
    """Return the server's name, with its owner when the name is taken (many are called "Plex")."""
    taken = {server.name.casefold() for server in all_servers(session.context)}
    if listed.name.casefold() not in taken:
        return listed.name
    return f"{listed.name} ({listed.owner or listed.machine_identifier[:8]})"


def _chosen(session: Session, listed: "Sequence[AccountServer]", choice: Choice) -> "list[AccountServer] | None":
    """Return the servers to add, or None when that is not clear.

    Raises:
        ConfigError: the account does not have the named one.
    """
    if choice.everything:
        return list(listed)
    if choice.server is not None:
        wanted = choice.server.strip().casefold()
        found = [each for each in listed if wanted in (each.name.casefold(), each.machine_identifier.casefold())]
        if len(found) == 1:
            return found
        if found:
            raise ConfigError(
                _("This account has several servers called “{name}”.").format(name=choice.server),
                hint=_("Use an ID instead: {ids}.").format(ids=", ".join(each.machine_identifier for each in found)),
            )
        raise ConfigError(
            _("This Plex account does not have the server “{server}”.").format(server=choice.server),
            hint=_("Its servers: {names}.").format(names=", ".join(each.name for each in listed)),
        )
    if len(listed) == 1:
        return [listed[0]]
    if session.stdin.isatty() and not session.out.as_json:
        _show(session, listed)
        session.out.stderr.write(_("Number of the server to add: "))
        session.out.stderr.flush()
        answer = session.stdin.readline().strip()
        if answer.isdecimal() and 1 <= int(answer) <= len(listed):
            return [listed[int(answer) - 1]]
        raise ConfigError(_("No server was chosen."), hint=_("Enter its number, or use --server or --all."))
    return None


def _offer(session: Session, listed: "Sequence[AccountServer]") -> int:
    """List the servers of the account when the command cannot ask which to add."""
    if session.out.as_json:
        known = {server.machine_identifier: server.name for server in all_servers(session.context)}
        session.out.json(
            [
                {
                    "name": each.name,
                    "machine_identifier": each.machine_identifier,
                    "version": each.version,
                    "owned": each.is_owned,
                    "owner": each.owner,
                    "online": each.is_online,
                    "known": known.get(each.machine_identifier),
                }
                for each in listed
            ]
        )
    _show(session, listed)
    session.out.note(_("Nothing was added. Choose with --server NAME or --all."))
    return DONE


def _show(session: Session, listed: "Sequence[AccountServer]") -> None:
    rows = [
        cells(
            number,
            each.name,
            _("your own") if each.is_owned else _("shared by {owner}").format(owner=each.owner or "?"),
            each.version,
            _("online") if each.is_online else _("offline"),
        )
        for number, each in enumerate(listed, start=1)
    ]
    session.out.table(["", _("Name"), _("Owner"), _("Version"), _("Status")], rows, right=(0,))


@contextmanager
def _countdown(session: Session, seconds: float) -> Iterator[None]:
    """Show how long a code is still valid, on a terminal."""
    if session.out.quiet or not session.out.stderr.isatty():
        yield
        return
    ends = time.monotonic() + seconds

    def left() -> Text:
        minutes, rest = divmod(max(0, int(ends - time.monotonic())), 60)
        return Text(_("Waiting. The code is valid for {minutes}:{seconds:02}. Press Ctrl+C to stop.").format(
            minutes=minutes, seconds=rest
        ))  # fmt: skip

    with Live(get_renderable=left, console=session.out.error_console, refresh_per_second=2, transient=True):
        yield
