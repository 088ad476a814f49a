"""What the Path mapping page asks of its lanes. Every function here runs on a lane, never on the GUI thread."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import TYPE_CHECKING

from retrovue.core.domain.browse import CatalogTotals
from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_rules import MappingConflict
from retrovue.core.domain.paths import PathMapping
from retrovue.core.domain.servers import Library, Server
from retrovue.core.domain.sync import ChangeSet
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import ngettext
from retrovue.core.services.catalog import browsing
from retrovue.core.services.servers.stored import all_libraries, all_servers
from retrovue.core.services.words import files_in_state

if TYPE_CHECKING:
    from retrovue.core.context import AppContext
    from retrovue.core.services.files.check import LastCheck
    from retrovue.core.services.looking import CheckSummary
    from retrovue.core.services.mapping.proposals import Proposal
    from retrovue.core.services.mapping.rules import RuleView
    from retrovue.core.services.mapping.trial import Trial

CHANGED = ChangeSet(frozenset({"mappings", "files", "items"}), "mappings")


@dataclass(frozen=True)
class Overview:
    """A server's rules with what they do; `server` None when there is none yet.

    Attributes:
        last: the last finished check of its files.
        schedule: how often they are looked for by themselves.
    """

    servers: tuple[Server, ...] = ()
    server: Server | None = None
    libraries: tuple[Library, ...] = ()
    views: tuple["RuleView", ...] = ()
    totals: CatalogTotals = field(default_factory=CatalogTotals)
    last: "LastCheck | None" = None
    schedule: str = "off"

    @property
    def checked_at(self) -> datetime | None:
        """When all files of the server were last looked for."""
        return None if self.last is None else self.last.finished_at

    @property
    def conflicts(self) -> tuple[MappingConflict, ...]:
        """What is odd about the rules, in their order; of each rule only the gravest, of two rules once."""
        found: dict[object, MappingConflict] = {}
        for view in self.views:
            if view.conflicts:
                first = view.conflicts[0]
                other = view.mapping.id if first.other is None else first.other.id
                found.setdefault((first.kind, frozenset({view.mapping.id, other})), first)
        return tuple(found.values())

    @property
    def roots(self) -> list[str]:
        """The folders of the server's libraries, without repetition."""
        return list(dict.fromkeys(root.path for library in self.libraries for root in library.roots))


@dataclass(frozen=True)
class Saved:
    """What saving or removing a rule did; `before` is the rule as it was, None for a new one."""

    mapping: PathMapping
    before: PathMapping | None
    mapped: int
    change_set: ChangeSet = CHANGED


@dataclass(frozen=True)
class Checked:
    """The outcome of a check of files; views ask again because of it."""

    server: Server
    summary: "CheckSummary"
    change_set: ChangeSet = CHANGED


def read_overview(context: "AppContext", wanted: int | None) -> Overview:
    """The rules and counts of the wanted server, or of the first one. Looks at the local folders, for 1.5 s at most."""
    from retrovue.core.services.files import folders as roots
    from retrovue.core.services.mapping import rules as mappings

    servers = all_servers(context)
    server = next((one for one in servers if one.id == wanted), servers[0] if servers else None)
    if server is None:
        return Overview()
    return Overview(
        tuple(servers),
        server,
        tuple(all_libraries(context, server)),
        tuple(mappings.views(context, server)),
        browsing.totals(context, server.id),
        roots.newest_check(context, server),
        context.settings.file_check_schedule,
    )


def save_rule(context: "AppContext", server: Server, rule: PathMapping) -> Saved:
    """Store a new rule, or the changed one with the same id.

    Raises:
        ConfigError: it could not work, or is there already.
    """
    from retrovue.core.services.mapping import rules as mappings

    if rule.id is None:
        library = next((one for one in all_libraries(context, server) if one.id == rule.library_id), None)
        stored, report = mappings.add(context, server, library, rule.server_path, rule.local_path)
        return Saved(stored, None, report.mapped)
    before = next((one for one in mappings.stored(context, server) if one.id == rule.id), None)
    report = mappings.change(context, rule)
    return Saved(rule, before, report.mapped)


def remove_rule(context: "AppContext", rule_id: int) -> Saved:
    """Delete a rule."""
    from retrovue.core.services.mapping import rules as mappings

    rule, report = mappings.remove(context, rule_id)
    return Saved(replace(rule, id=None), rule, report.mapped)


def check_files(
    context: "AppContext",
    server: Server,
    token: CancelToken,
    report: Callable[[object], None],
    accept: Sequence[str] = (),
) -> Checked:
    """Look for every file of a server and keep what was found; `report` gets the progress.

    Args:
        accept: local folders whose lost files are really gone.

    Raises:
        Cancelled: what was checked so far is kept.
    """
    from retrovue.core.services.files import check as files

    return Checked(server, files.check(context, server=server, accept=accept, token=token, report=report))


def find_proposals(
    context: "AppContext", server: Server, folders: Sequence[str], token: CancelToken
) -> "list[Proposal]":
    """Rules that the files on this computer prove; see `services.proposals.propose`."""
    from retrovue.core.services.mapping.proposals import propose

    return propose(context, server, folders, token)


def weigh_proposals(context: "AppContext", server: Server, found: "Sequence[Proposal]") -> "list[Proposal]":
    """The same suggestions under the rules of now; see `services.proposals.weigh`."""
    from retrovue.core.services.mapping.proposals import weigh

    return weigh(context, server, [one.suggestion for one in found])


def try_rule(
    context: "AppContext",
    rule: PathMapping,
    token: CancelToken,
    report: Callable[[object], None],
    *,
    everything: bool,
) -> "Trial":
    """What a rule would do; see `services.trial.try_rule`."""
    from retrovue.core.services.mapping import trial

    return trial.try_rule(context, rule, token, report, everything=everything)


def totals_text(totals: CatalogTotals, number: Callable[[int], str]) -> str:
    """ "46,120 files · 44,871 found · 38 missing", only with the states that there are."""

    parts = [ngettext("{n} file", "{n} files", totals.files).format(n=number(totals.files))]
    order = (FileState.FOUND, FileState.MISSING, FileState.SIZE_DIFFERS, FileState.UNREACHABLE, FileState.UNMAPPED)
    counts = ((state, totals.states.get(state, 0)) for state in (*order, FileState.UNCHECKED))
    parts += [files_in_state(state, n, number) for state, n in counts if n]
    return " · ".join(parts)
