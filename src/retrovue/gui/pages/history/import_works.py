"""What the import dialog lets run: one piece of work for each source of old history."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from retrovue.core.domain.errors import ConfigError, SecretError, SourceError
from retrovue.core.domain.imports import ImportCounts
from retrovue.core.domain.servers import Server
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.servers.stored import active_servers
from retrovue.gui.work.tasks import Report

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.services.history.imports.intake import ImportReport

API, FILE, SERVERS, JELLYSTAT, REPORTING = "tautulli", "tautulli_file", "servers", "jellystat", "reporting"


@dataclass(frozen=True)
class Choice:
    """What is filled in.

    Attributes:
        source: API, FILE, SERVERS, JELLYSTAT or REPORTING.
        server: whose plays they are; None: recognized, or all servers.
        path: the file to read, where one was chosen.
    """

    source: str
    server: Server | None = None
    url: str = ""
    secret: str = ""
    path: Path | None = None


@dataclass(frozen=True)
class Imported:
    """What came.

    Attributes:
        has_server: the plays belong to a server of the catalog.
        problems: why some servers could not be read, a sentence each.
        of_each: what a rehearsal of several servers found, by their names.
    """

    counts: ImportCounts
    has_server: bool = True
    problems: tuple[str, ...] = ()
    of_each: tuple[tuple[str, ImportCounts], ...] = ()


Work = Callable[[CancelToken, Report], Imported]


def work_of(context: "AppContext", choice: Choice, *, counts_only: bool) -> Work:
    """Return what reads the chosen source, or with `counts_only` only counts what would come.

    It runs on a lane and raises what the services of imports do, and ConfigError where no file was chosen.
    """

    def work(token: CancelToken, report: Report) -> Imported:
        if choice.source == SERVERS:
            return _from_servers(context, counts_only, token, report)
        readers = {API: _from_tautulli, FILE: _from_file, JELLYSTAT: _from_jellystat, REPORTING: _from_reporting}
        done = readers[choice.source](context, choice, counts_only, token, report)
        return Imported(done.counts, done.server is not None)

    return work


def _from_tautulli(
    context: "AppContext", choice: Choice, counts_only: bool, token: CancelToken, report: Report
) -> "ImportReport":
    from retrovue.core.services.history.imports.tautulli import import_tautulli

    if not choice.url:
        raise ConfigError(_("No address was given."), hint=_("Enter the address and the key."))
    return import_tautulli(
        context,
        url=choice.url,
        key=choice.secret,
        fallback=choice.server,
        is_rehearsal=counts_only,
        token=token,
        report=report,
    )


def _from_file(
    context: "AppContext", choice: Choice, counts_only: bool, token: CancelToken, report: Report
) -> "ImportReport":
    from retrovue.core.services.history.imports.tautulli import import_tautulli_file

    return import_tautulli_file(
        context,
        path=_chosen_file(choice),
        fallback=choice.server,
        is_rehearsal=counts_only,
        token=token,
        report=report,
    )


def _from_jellystat(
    context: "AppContext", choice: Choice, counts_only: bool, token: CancelToken, report: Report
) -> "ImportReport":
    from retrovue.core.services.history.imports.jellystat import import_jellystat

    return import_jellystat(
        context,
        path=_chosen_file(choice),
        zone=context.zone,
        fallback=choice.server,
        is_rehearsal=counts_only,
        token=token,
        report=report,
    )


def _from_reporting(
    context: "AppContext", choice: Choice, counts_only: bool, token: CancelToken, report: Report
) -> "ImportReport":
    from retrovue.core.services.history.imports.reporting import import_reporting, import_reporting_file

    assert choice.server is not None, "the dialog offers the source only with a server"
    if choice.path is None:
        return import_reporting(context, choice.server, is_rehearsal=counts_only, token=token, report=report)
    return import_reporting_file(
        context,
        choice.server,
        path=choice.path,
        zone=context.zone,
        is_rehearsal=counts_only,
        token=token,
        report=report,
    )


def _from_servers(context: "AppContext", counts_only: bool, token: CancelToken, report: Report) -> Imported:
    """Read every enabled server; one that cannot be read keeps none of the others out."""
    from retrovue.core.services.history.imports.server_record import import_server

    counts, problems = ImportCounts(), list[SecretError | SourceError]()
    of_each: list[tuple[str, ImportCounts]] = []
    servers = active_servers(context)
    for server in servers:
        try:
            own = import_server(context, server, is_rehearsal=counts_only, token=token, report=report).counts
        except (SecretError, SourceError) as error:
            problems.append(error)
        else:
            counts += own
            of_each.append((server.name, own))
    if problems and len(problems) == len(servers):
        raise problems[0]
    each = tuple(of_each) if counts_only and len(of_each) > 1 else ()
    return Imported(counts, problems=tuple(error.text for error in problems), of_each=each)


def _chosen_file(choice: Choice) -> Path:
    if choice.path is None:
        raise ConfigError(_("No file was chosen."), hint=_("Choose the file to import."))
    return choice.path
