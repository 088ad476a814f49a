"""A test of a connected Tautulli, step by step."""

import time
from dataclasses import dataclass, field
from enum import StrEnum

from retrovue.core.context import AppContext
from retrovue.core.domain.connections import StoredConnection
from retrovue.core.domain.errors import AuthError, RetroVueError, SecretError
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.tautulli.connection import open_client, watched_server


class Step(StrEnum):
    """What is tested, in order."""

    ADDRESS = "address"
    KEY = "key"
    VERSION = "version"
    SERVER = "server"


@dataclass(slots=True)
class TautulliVerdict:
    """How far a test came.

    Attributes:
        found: what was found at each step that passed.
        failed: the step that did not, and `error`: why.
    """

    found: dict[Step, str] = field(default_factory=dict)
    failed: Step | None = None
    error: RetroVueError | None = None
    duration_ms: int = 0


def probe(host: AppContext, connection: StoredConnection, token: CancelToken) -> TautulliVerdict:
    """Test a connected Tautulli: its address, its key, its version, and whether its server is in the catalog.

    Raises:
        Cancelled: canceled.
    """
    begun_s = time.monotonic()
    verdict = TautulliVerdict()
    try:
        _walk(host, connection, token, verdict)
    except (AuthError, SecretError) as error:
        token.raise_if_cancelled()
        if isinstance(error, AuthError):
            verdict.found[Step.ADDRESS] = connection.url
        verdict.failed, verdict.error = Step.KEY, error
    except RetroVueError as error:
        token.raise_if_cancelled()
        verdict.failed = next(step for step in Step if step not in verdict.found)
        verdict.error = error
    verdict.duration_ms = round((time.monotonic() - begun_s) * 1000)
    return verdict


def _walk(host: AppContext, connection: StoredConnection, token: CancelToken, verdict: TautulliVerdict) -> None:
    client = open_client(host, connection, token)
    try:
        client.ping()
        verdict.found[Step.ADDRESS] = connection.url
        verdict.found[Step.KEY] = _("accepted")
        verdict.found[Step.VERSION] = client.info().version
        watched = client.server()
    finally:
        client.close()
    verdict.found[Step.SERVER] = watched_server(host, connection, watched).name
