"""What is kept of a server of which no library was read: what its failure means, and one line for all libraries."""

import logging
from collections.abc import Sequence
from typing import NamedTuple

from retrovue.core.domain.errors import AuthError, RetroVueError, SecretError, StorageError, TlsError, UnreachableError
from retrovue.core.domain.servers import Library, Server, ServerState
from retrovue.core.domain.sync import Initiator, ServerFailure, SyncOutcome
from retrovue.core.host import Host
from retrovue.core.i18n import _, ngettext
from retrovue.core.system import deeds

log = logging.getLogger(__name__)


class Failing(NamedTuple):
    """What a server's failure means: for the report, for the server, and for a past run."""

    reason: str
    state: ServerState
    outcome: SyncOutcome


def meaning_of(error: RetroVueError) -> Failing:
    """What `error` means when it kept a server from being asked."""
    match error:
        case SecretError(is_locked=True):
            return Failing("keyring", ServerState.KEYRING_LOCKED, SyncOutcome.UNAVAILABLE)
        case AuthError() | SecretError():
            return Failing("sign_in", ServerState.SIGN_IN_AGAIN, SyncOutcome.FAILED)
        case TlsError():
            return Failing("unreachable", ServerState.CERTIFICATE, SyncOutcome.UNAVAILABLE)
        case UnreachableError():
            return Failing("unreachable", ServerState.NOT_REACHABLE, SyncOutcome.UNAVAILABLE)
        case _:
            return Failing("other", ServerState.NOT_REACHABLE, SyncOutcome.FAILED)


def libraries_name(libraries: Sequence[Library]) -> str:
    """The name of the only one, or how many they are; empty for none."""
    if len(libraries) == 1:
        return libraries[0].name
    text = ngettext("{count} library", "{count} libraries", len(libraries))
    return text.format(count=len(libraries)) if libraries else ""


def keep_failure(host: Host, server: Server, error: RetroVueError) -> ServerFailure:
    """Keep the server's state; returns what the report says."""
    failing = meaning_of(error)
    log.info("sync of %s failed: %s %s", server.name, error.text, error.detail)
    deeds.complain(_("Could not sync “{server}”. {why}").format(server=server.name, why=error.text))
    try:
        host.servers.set_state(server.id, failing.state, detail=error.text, now=host.clock.epoch())
    except StorageError:
        log.exception("the state of %s could not be kept", server.name)
    return ServerFailure(server.name, server.id, failing.reason, error.user_text(), error.command_text())


def keep_run(
    host: Host, server: Server, wanted: Sequence[Library], error: RetroVueError, initiator: Initiator, started: int
) -> None:
    """Keep one line among the past runs for all libraries that were to be synced.

    A person's sync always leaves one. A scheduled one does when the server begins to fail: a server that is off for
    the night would fill the list otherwise. What a server's own hint led to leaves none.
    """
    failing = meaning_of(error)
    is_news = server.state is not failing.state and initiator is Initiator.SCHEDULE
    if initiator is not Initiator.PERSON and not is_news:
        return
    try:
        host.runs.record_server(
            server.id,
            libraries_name(wanted) or server.name,
            outcome=failing.outcome,
            error=error.text,
            initiator=initiator,
            started=started,
            now=host.clock.epoch(),
        )
    except StorageError:
        log.exception("the failed sync of %s could not be kept", server.name)
