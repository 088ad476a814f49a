"""The scripting API: a small, stable surface over the services that the window and the command line use.

    from retrovue.core.plex_integration import create_plex_importer, open_database

    with open_database() as database:
        server_id = database.add_plex_server("Home", "http://nas:32400", token)
        database.add_plex_path_mapping("/media/tv", "/mnt/nas/tv", server_id)
        importer = create_plex_importer(server_id, database, status_callback=print)
        print(importer.sync_all_libraries())
        print(importer.get_local_path("/media/tv/Show/S01E01.mkv"))

Errors are those of `retrovue.core.domain.errors`; each has `user_text()`. Thread: use an object on one thread only.
"""

import os
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import AuthError, ConfigError, SecretError, SourceError, UnreachableError
from retrovue.core.domain.guids import parse_guid
from retrovue.core.domain.paths import PathMapper, PathMapping
from retrovue.core.domain.servers import Library, LibraryKind, Server, ServerKind
from retrovue.core.domain.sync import SyncProgress, SyncReport, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.domain.text import isoformat
from retrovue.core.i18n import _
from retrovue.core.services.catalog.lookup import find_remote_shows
from retrovue.core.services.collections import refresh as collection_service
from retrovue.core.services.collections import snapshots as snapshot_service
from retrovue.core.services.mapping import rules as mapping_service
from retrovue.core.services.servers import libraries as library_service
from retrovue.core.services.servers import registration as server_service
from retrovue.core.services.sync.run import run_sync
from retrovue.core.system.dirs import resolve_dirs
from retrovue.core.system.secrets import PLACE_VARIABLE

__all__ = [
    "GUIDParser",
    "PlexImporter",
    "PlexPathMappingService",
    "Profile",
    "create_plex_importer",
    "extract_guids_from_plex_metadata",
    "open_database",
]

_PLEX_TYPES = {
    LibraryKind.MOVIES: "movie",
    LibraryKind.SHOWS: "show",
    LibraryKind.MUSIC: "artist",
    LibraryKind.PHOTOS: "photo",
}


class Profile:
    """A profile opened by a script. Close it, or use a `with` statement."""

    def __init__(self, context: AppContext) -> None:
        self.context = context

    def add_plex_server(self, name: str, url: str, token: str) -> int:
        """Test and store a Plex server. Return its id. The token is stored in the keyring (see `RETROVUE_SECRETS`).

        Raises:
            ConfigError: the name is taken, or the server is already added.
            SourceError: it is not a Plex server, or it refuses the token.
        """
        consent = os.environ.get(PLACE_VARIABLE, "").strip().lower() == "file"
        added = server_service.add(
            self.context, kind=ServerKind.PLEX, name=name, url=url, secret=token, allow_file=consent
        )
        return added.server.id

    def get_plex_servers(self) -> list[dict[str, Any]]:
        """Return the Plex servers: id, name, url, machine_identifier, version, is_active. Never the token."""
        return [
            {
                "id": server.id,
                "name": server.name,
                "url": server.url,
                "machine_identifier": server.machine_identifier,
                "version": server.version,
                "is_active": server.is_active,
            }
            for server in self.context.servers.all()
            if server.kind is ServerKind.PLEX
        ]

    def add_plex_path_mapping(self, plex_path: str, local_path: str, server_id: int) -> int:
        """Store a rule for a whole server and apply it to all stored files. Return its id.

        Raises:
            ConfigError: there is no such server, or the rule is invalid.
        """
        server = _server(self.context, server_id)
        mapping, _report = mapping_service.add(self.context, server, None, plex_path, local_path)
        assert mapping.id is not None
        return mapping.id

    def get_plex_path_mappings(self, server_id: int) -> list[dict[str, Any]]:
        """Return the rules of a server: id, server_id, library, plex_path, local_path."""
        return [
            {
                "id": view.mapping.id,
                "server_id": view.mapping.server_id,
                "library": view.library,
                "plex_path": view.mapping.server_path,
                "local_path": view.mapping.local_path,
            }
            for view in mapping_service.views(self.context, _server(self.context, server_id))
        ]

    def get_collections(self, *, refresh: bool = True) -> list[dict[str, Any]]:
        """Return the collections: id, server, library, title, items, promoted; `refresh` asks the servers first.

        A server that cannot be asked keeps what was stored of it.
        """
        if refresh:
            collection_service.refresh(
                self.context, [one for one in self.context.servers.all() if one.is_active], CancelToken()
            )
        return [
            {
                "id": one.id,
                "server": one.server,
                "library": one.library,
                "title": one.title,
                "items": one.items,
                "promoted": one.is_promoted,
            }
            for one in collection_service.listed(self.context)
        ]

    def snapshot_collections(
        self,
        collection_ids: Sequence[int] = (),
        *,
        promoted: bool = False,
        label: str | None = None,
        extra_data: Mapping[str, Any] | None = None,
    ) -> dict[str, int]:
        """Keep what was watched of collections, or of all on a home screen: collected, failed, total.

        Args:
            label: a word for the snapshots.
            extra_data: more to keep with each, as JSON values.

        Raises:
            ConfigError: nothing was chosen, or there is no such collection.
        """
        chosen = snapshot_service.chosen(self.context, ids=collection_ids, promoted=promoted)
        run = snapshot_service.take_snapshots(self.context, chosen, CancelToken(), label=label, extra=extra_data)
        return {"collected": len(run.collected), "failed": len(run.failed), "total": run.total}

    def get_collection_snapshots(self, collection_id: int) -> list[dict[str, Any]]:
        """Return the snapshots of a collection, oldest first, with total_plays, total_duration_s and unique_users.

        Raises:
            ConfigError: there is no such collection.
        """
        [collection] = snapshot_service.chosen(self.context, ids=[collection_id])
        return [
            {
                "title": one.title,
                "total_plays": one.total_plays,
                "total_duration_s": one.total_duration_s,
                "unique_users": one.unique_users,
                "collected_at": isoformat(one.collected_at),
                "label": one.label,
                "extra_data": dict(one.extra),
            }
            for one in snapshot_service.kept(self.context, collection)
        ]

    def close(self) -> None:
        """Close the profile."""
        self.context.close()

    def __enter__(self) -> "Profile":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()


def open_database(data_dir: str | Path | None = None) -> Profile:
    """Open a profile: `data_dir`, else RETROVUE_DATA_DIR, else the window's."""
    return Profile(AppContext(resolve_dirs(None if data_dir is None else Path(data_dir)), write_log=False))


class PlexPathMappingService:
    """Maps server paths to local paths by rules such as `{"plex_path", "local_path"}`.

    A rule with `library_root` applies only to files of that root, and takes precedence. Of rules with a `server_id`
    only those of the service's server count.
    """

    def __init__(self, path_mappings: Sequence[Mapping[str, Any]], server_id: int | None = None) -> None:
        roots = sorted({str(rule["library_root"]) for rule in path_mappings if rule.get("library_root")})
        self._library_ids = {root: number for number, root in enumerate(roots, start=1)}
        rules = [
            PathMapping(
                id=number,
                server_id=server_id,
                library_id=self._library_ids.get(str(rule.get("library_root") or "")),
                server_path=str(rule["plex_path"]),
                local_path=str(rule["local_path"]),
            )
            for number, rule in enumerate(path_mappings, start=1)
            if server_id is None or rule.get("server_id") in (None, server_id)
        ]
        self._mapper = PathMapper(rules, library_roots=[(number, root) for root, number in self._library_ids.items()])

    @classmethod
    def create_from_database(cls, database: Profile, server_id: int | None = None) -> "PlexPathMappingService":
        """Return a service with the rules of one server, or of all servers."""
        context = database.context
        rules: list[dict[str, Any]] = []
        for mapping in context.mappings.all(server_id):
            rule = {"plex_path": mapping.server_path, "local_path": mapping.local_path, "server_id": mapping.server_id}
            library = None if mapping.library_id is None else context.libraries.get(mapping.library_id)
            if library is None:
                rules.append(rule)
            else:
                rules += [{**rule, "library_root": root.path} for root in library.roots]
        return cls(rules, server_id)

    def get_local_path(self, plex_path: str, library_root: str | None = None) -> str:
        """Return the local path, or the server path itself if no rule maps it."""
        number = self._library_ids.get(library_root or "")
        mapped = self._mapper.map(plex_path, () if number is None else (number,))
        return plex_path if mapped.local_path is None else mapped.local_path


class PlexImporter:
    """Imports from one Plex server."""

    def __init__(self, server_id: int, database: Profile, status_callback: Callable[[str], None] | None = None) -> None:
        self._context = database.context
        self._database = database
        self._server = _server(database.context, server_id)
        self._status = status_callback or (lambda _text: None)

    def test_connection(self) -> bool:
        """Return whether the server responds and accepts the token. The reason goes to the status callback."""
        try:
            verdict = server_service.check(self._context, self._server)
        except SecretError as error:
            self._status(error.user_text())
            return False
        self._status(_("Connected.") if verdict.error is None else verdict.error.user_text())
        return verdict.ok

    def get_libraries(self) -> list[dict[str, Any]]:
        """Return the libraries as the server lists them now: id, key, title, type, is_enabled, roots.

        Raises:
            SourceError: the server cannot be reached.
        """
        return [
            {
                "id": library.id,
                "key": library.remote_id,
                "title": library.name,
                "type": _PLEX_TYPES.get(library.kind, library.kind.value),
                "is_enabled": library.is_enabled,
                "roots": [root.path for root in library.roots],
            }
            for library in library_service.refresh(self._context, self._server)
            if library.unavailable_since is None
        ]

    def sync_all_libraries(self, progress_callback: Callable[[SyncProgress], None] | None = None) -> dict[str, int]:
        """Sync every enabled library. Return `{"added", "updated", "removed"}`.

        Raises:
            SourceError: the server cannot be reached.
        """
        return self._sync(SyncRequest(server_ids=(self._server.id,)), progress_callback)

    def sync_library(self, library_key: str | int, library_type: str) -> dict[str, int]:
        """Sync one library by the server's key and type ("movie" or "show").

        Raises:
            ConfigError: there is no such library.
            SourceError: the server cannot be reached.
        """
        library = self._library(str(library_key), library_type)
        if library is None:
            library_service.refresh(self._context, self._server)
            library = self._library(str(library_key), library_type)
        if library is None:
            raise ConfigError(_("There is no library {key} of type {type}.").format(key=library_key, type=library_type))
        return self._sync(SyncRequest(server_ids=(self._server.id,), library_ids=(library.id,)))

    def discover_shows_by_title(self, title: str, year: int | None = None) -> list[dict[str, Any]]:
        """Return shows with exactly this title: title, year, key, library, library_key, guids.

        Raises:
            SourceError: the server cannot be reached.
        """
        return [
            {
                "title": show.title,
                "year": show.year,
                "key": show.remote_id,
                "library": library.name,
                "library_key": library.remote_id,
                "guids": [f"{guid.provider}://{guid.external_id}" for guid in show.external_ids],
            }
            for library, show in find_remote_shows(self._context, self._server, title, year)
        ]

    def sync_show_by_title_and_year(self, title: str, year: int | None = None) -> dict[str, int]:
        """Sync one show with all its episodes. Return `{"added", "updated", "removed"}`.

        Raises:
            ConfigError: there is no such show.
            SourceError: the server cannot be reached.
        """
        request = SyncRequest(server_ids=(self._server.id,), show_title=title, show_year=year)
        return self._sync(request, missing=_("There is no show “{title}”.").format(title=title))

    def get_local_path(self, plex_path: str, library_root: str | None = None) -> str:
        """Return the local path by the stored rules, or the server path itself if no rule maps it."""
        service = PlexPathMappingService.create_from_database(self._database, self._server.id)
        return service.get_local_path(plex_path, library_root)

    def _library(self, key: str, library_type: str) -> Library | None:
        for library in self._context.libraries.all(self._server.id):
            if library.remote_id == key and _PLEX_TYPES.get(library.kind, library.kind.value) == library_type:
                return library
        return None

    def _sync(
        self,
        request: SyncRequest,
        progress: Callable[[SyncProgress], None] | None = None,
        missing: str | None = None,
    ) -> dict[str, int]:
        def report(state: SyncProgress) -> None:
            if state.message:
                self._status(state.message)
            if progress is not None:
                progress(state)

        done = run_sync(self._context, request, CancelToken(), report)
        _raise_failure(done)
        if missing is not None and not done.libraries:
            raise ConfigError(missing)
        return {
            name: sum(getattr(library, name) for library in done.libraries) for name in ("added", "updated", "removed")
        }


def create_plex_importer(
    server_id: int, database: Profile, status_callback: Callable[[str], None] | None = None
) -> PlexImporter:
    """Return an importer for a stored server. `status_callback` gets one sentence per step.

    Raises:
        ConfigError: there is no such server.
    """
    return PlexImporter(server_id, database, status_callback)


class GUIDParser:
    """External ids in the forms that Plex has used over the years."""

    @staticmethod
    def parse_guid(guid: object) -> tuple[str, str] | None:
        """Return `(provider, external id)`, or None. Never raises."""
        parsed = parse_guid(guid)
        return None if parsed is None else (parsed[0], parsed[1])


def extract_guids_from_plex_metadata(metadata: Any) -> list[str]:
    """Return every guid of an item: a dictionary of Plex's JSON, or an item of the `plexapi` library.

    Its own guid is first, then the ids of other catalogs in their order, without duplicates.
    """
    if isinstance(metadata, Mapping):
        entries = metadata.get("Guid") or metadata.get("guids")
        own = metadata.get("guid")
    else:
        entries, own = getattr(metadata, "guids", None), getattr(metadata, "guid", None)
    # Some servers send an only child as an object instead of a list of one.
    several = list(entries) if isinstance(entries, Iterable) and not isinstance(entries, Mapping | str) else [entries]
    found: list[str] = []
    for entry in [own, *several]:
        text = entry.get("id") if isinstance(entry, Mapping) else getattr(entry, "id", entry)
        if isinstance(text, str) and "://" in text and text not in found:
            found.append(text)
    return found


def _server(context: AppContext, server_id: int) -> Server:
    server = context.servers.get(server_id)
    if server is None:
        raise ConfigError(_("There is no server {id}.").format(id=server_id))
    return server


def _raise_failure(report: SyncReport) -> None:
    for failure in report.failures:
        match failure.reason:
            case "sign_in":
                raise AuthError(failure.message)
            case "unreachable":
                raise UnreachableError(failure.message)
            case _:
                raise SourceError(failure.message)
