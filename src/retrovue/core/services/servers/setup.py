"""Setting a server up in one go: a first look at its files before anything is stored, then everything or nothing."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from functools import partial

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, RetroVueError
from retrovue.core.domain.media import FileState, ItemKind
from retrovue.core.domain.path_syntax import parse_path
from retrovue.core.domain.paths import PathMapper, PathMapping, validate_mapping
from retrovue.core.domain.servers import LibraryKind, RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.mapping import rules as mappings
from retrovue.core.services.mapping.proposals import search_places
from retrovue.core.services.mapping.suggest import Sample, SuggestLimits, suggest_mappings
from retrovue.core.services.mapping.tried import try_samples
from retrovue.core.services.servers import libraries
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.servers.probe import normalise_url
from retrovue.core.sources.base import MediaSource
from retrovue.core.sources.registry import kinds
from retrovue.core.storage.files import FileSample
from retrovue.core.system.looks import Looker

__all__ = ["FolderState", "FolderVerdict", "Setup", "find_folders", "kinds", "read_samples", "store", "try_folder"]

log = logging.getLogger(__name__)

_SAMPLE_PAGE = 200
_TRIED_FILES = 40
_LOOK_TIMEOUT_S = 3.0
_ITEM_KINDS = {
    LibraryKind.MOVIES: (ItemKind.MOVIE,),
    LibraryKind.SHOWS: (ItemKind.EPISODE,),
    LibraryKind.MIXED: (ItemKind.MOVIE, ItemKind.EPISODE),
}


@dataclass(frozen=True, slots=True)
class Setup:
    """Everything that was chosen for a server that was tested.

    Attributes:
        off: remote ids of libraries that are not imported.
        rules: (server path, local path) for the whole server.
        settings: settings that change with it.
        allow_file: the token may be kept in a file where there is no keyring.
    """

    name: str
    url: str
    secret: str
    info: ServerInfo
    listed: tuple[RemoteLibrary, ...]
    allow_file: bool = False
    off: frozenset[str] = frozenset()
    rules: tuple[tuple[str, str], ...] = ()
    settings: Mapping[str, object] = field(default_factory=dict)
    tls_fingerprint: str | None = None


class FolderState(StrEnum):
    """What is known of a local folder that was named for a library root."""

    REFUSED = "refused"
    NOT_THERE = "not_there"
    NO_ANSWER = "no_answer"
    THERE = "there"


@dataclass(frozen=True, slots=True)
class FolderVerdict:
    """A folder, and how many of the server's sampled files were found below it. `problem`: why it is refused."""

    state: FolderState
    sampled: int = 0
    found: int = 0
    problem: str = ""


def read_samples(
    host: AppContext,
    kind: ServerKind,
    url: str,
    secret: str,
    chosen: Sequence[RemoteLibrary],
    *,
    tls_fingerprint: str | None = None,
    user_id: str | None = None,
    token: CancelToken | None = None,
) -> list[Sample]:
    """Some files of libraries, from the start and the middle of each: two small answers a library.

    Args:
        user_id: the account that the secret belongs to, as a sign-in told it.

    Raises:
        SourceError: the server does not answer any more.
        Cancelled: asked to stop.

    Thread: any but the GUI's.
    """
    url = normalise_url(url)
    connection = replace(host.connection(url=url, secret=secret), tls_fingerprint=tls_fingerprint, user_id=user_id)
    source = host.connect(kind, connection, token)
    found: dict[str, Sample] = {}
    try:
        for library in chosen:
            for item_kind in _ITEM_KINDS.get(library.kind, ()):
                for sample in _files_of(source, library, item_kind):
                    found.setdefault(sample.server_path, sample)
    finally:
        source.close()
    return list(found.values())


def _files_of(source: MediaSource, library: RemoteLibrary, kind: ItemKind) -> list[Sample]:
    page = source.items_page(library, kind, start=0, size=_SAMPLE_PAGE)
    items = list(page.items)
    if page.total is not None and page.total > 2 * _SAMPLE_PAGE:
        items += source.items_page(library, kind, start=page.total // 2, size=_SAMPLE_PAGE).items
    return [Sample(file.server_path, file.size_bytes) for item in items for file in item.files]


def find_folders(
    host: AppContext,
    roots: Sequence[str],
    samples: Sequence[Sample],
    *,
    limits: SuggestLimits | None = None,
    token: CancelToken | None = None,
) -> dict[str, str]:
    """The local folder of each library root whose files are found on this computer; bounded by `limits` (10 s).

    Raises:
        Cancelled: asked to stop.
    """
    found: dict[str, str] = {}
    places = search_places(host)
    for one in suggest_mappings(roots, samples, places, fs=host.file_system, limits=limits, token=token):
        mapper = PathMapper([PathMapping(None, None, None, one.server_path, one.local_path)])
        for root in one.roots:
            local = mapper.map(root).local_path
            if local is not None:
                found.setdefault(root, local)
    return found


def try_folder(
    host: AppContext, root: str, folder: str, samples: Sequence[Sample], *, token: CancelToken | None = None
) -> FolderVerdict:
    """Look whether a folder is there, and whether the server's files of this root are below it.

    Raises:
        Cancelled: asked to stop.
    """
    rule = PathMapping(None, None, None, root, folder)
    try:
        validate_mapping(rule)
    except ConfigError as error:
        return FolderVerdict(FolderState.REFUSED, problem=error.text)
    with Looker() as looker:
        try:
            looker.look(partial(host.file_system.stat, folder), _LOOK_TIMEOUT_S, token)
        except (FileNotFoundError, NotADirectoryError, ValueError):
            return FolderVerdict(FolderState.NOT_THERE)
        except OSError:
            # No permission, no answer: that the folder is not there was not said.
            return FolderVerdict(FolderState.NO_ANSWER)
    mapper = PathMapper([rule])
    below = [
        (FileSample(number, one.server_path, one.size_bytes, ()), mapper.map(one.server_path))
        for number, one in enumerate(samples)
    ]
    mapped = [entry for entry in below if entry[1].local_path is not None]
    step = max(1, len(mapped) // _TRIED_FILES)
    chosen = mapped[::step][:_TRIED_FILES]
    tried, _summary = try_samples(host, chosen, [rule], token or CancelToken(), look_timeout_s=_LOOK_TIMEOUT_S)
    return FolderVerdict(FolderState.THERE, len(tried), sum(one.state is FileState.FOUND for one in tried))


def store(host: AppContext, setup: Setup) -> servers.AddedServer:
    """Store a server with its token, libraries, rules and settings; when any of it fails, nothing of it stays.

    Raises:
        ConfigError: the name or a rule is refused, or the machine is there already.
        SecretError: the keyring is locked.
        ReadOnlyError: the settings cannot be written.
    """
    planned: list[PathMapping] = []
    for server_path, local_path in setup.rules:
        rule = PathMapping(None, None, None, server_path, local_path)
        validate_mapping(rule, planned)
        planned.append(rule)
    added = servers.store(
        host,
        name=setup.name,
        url=setup.url,
        secret=setup.secret,
        info=setup.info,
        listed=setup.listed,
        allow_file=setup.allow_file,
        tls_fingerprint=setup.tls_fingerprint,
    )
    try:
        unwanted = [library for library in added.libraries if library.remote_id in setup.off]
        libraries.set_enabled(host, unwanted, enabled=False)
        # A server that was removed before brings its old rules along; typing one of them again is no mistake.
        known = {_pair(rule.server_path, rule.local_path) for rule in host.mappings.all(added.server.id)}
        for rule in planned:
            if _pair(rule.server_path, rule.local_path) not in known:
                mappings.add(host, added.server, None, rule.server_path, rule.local_path)
        if setup.settings:
            host.settings_store.update(**setup.settings)
    except RetroVueError:
        log.warning("setting up a server failed; it is taken back")
        servers.remove(host, added.server)
        raise
    return added


def _pair(server_path: str, local_path: str) -> tuple[object, object]:
    one, other = parse_path(server_path), parse_path(local_path)
    return (one.key() if one is not None else server_path, other.key() if other is not None else local_path)
