"""What a test must know of each kind of server: how it is started and asked, what it can tell, what it lacks."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Any, ClassVar

from retrovue.core.domain.guids import parse_guid
from retrovue.core.domain.servers import ServerKind
from retrovue.core.domain.sync import SyncTier
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.sources.base import Connection, MediaSource
from retrovue.core.sources.emby import EmbySource
from retrovue.core.sources.http import HttpClient
from retrovue.core.sources.jellyfin import JellyfinSource
from retrovue.core.sources.mediabrowser.headers import mediabrowser_headers
from retrovue.core.sources.mediabrowser.source import MediaBrowserSource
from retrovue.core.sources.plex.source import PlexSource, plex_headers
from retrovue.demo import DemoLibrary, DemoServer
from retrovue.demo.faults import Match
from retrovue.demo.http import Request
from retrovue.demo.mediabrowser import EmbyDialect, JellyfinDialect, MediaBrowserDialect
from retrovue.demo.mediabrowser_view import EMBY, JELLYFIN, Flavour
from retrovue.demo.model import Item, Root
from retrovue.demo.truth import Truth, truth_of

TOKEN = "demo-token"
_KINDS = ("movie", "show", "episode")
Wait = Callable[[float], bool]


@dataclass
class Sizes:
    """How a source asks: small pages make a small library take many of them."""

    page: int = 500
    slim: int = 1000
    ids: int = 200
    read_timeout_s: float = 5.0
    total_timeout_s: float = 20.0

    def patience(self, connection: Connection) -> Connection:
        return replace(connection, read_timeout_s=self.read_timeout_s, total_timeout_s=self.total_timeout_s, gzip=False)


class Adapter:
    """What the kinds have in common: the libraries of the demo server by what a test calls them."""

    kind: ClassVar[ServerKind]
    movies, movies_4k, shows, anime = "1", "2", "3", "4"
    idle_requests: ClassVar[int]
    idle_tier: ClassVar[SyncTier]
    lacks: ClassVar[dict[str, str]] = {}
    """What a kind cannot do: a word that scenarios name -> the reason why they are skipped."""
    title_key: ClassVar[bytes]
    overcounts: ClassVar[bool] = False
    """Whether totals that are larger than what is listed are a habit of this kind."""

    def server(self, library: DemoLibrary, **facts: Any) -> DemoServer:
        raise NotImplementedError

    def connection(self, server: DemoServer) -> Connection:
        return Connection(server.url, TOKEN)

    def source(self, connection: Connection, token: CancelToken | None, sizes: Sizes, wait: Wait) -> MediaSource:
        raise NotImplementedError

    def library_id(self, section: str) -> str:
        return section

    def remote_id(self, item_id: int) -> str:
        return str(item_id)

    def truths(self, server: DemoServer) -> dict[int, Truth]:
        """All facts of the items that a perfect catalog of this server holds, by the item's number."""
        raise NotImplementedError

    def views(self, item: Item) -> tuple[int, int | None]:
        """How often an item was watched and when last, as this kind tells it."""
        return item.view_count, item.last_viewed_at

    def stamp(self, stamp: int) -> str | None:
        """The change stamp of a file."""
        return str(stamp)

    def rename_file(self, library: DemoLibrary, item_id: int, path: str, *, bump: bool) -> None:
        """The first file of an item gets another name."""
        library.rename_file(item_id, path, bump=bump)

    def watch(self, library: DemoLibrary, item_id: int, views: int) -> None:
        """Let an item be watched so often, or be unmarked, as it shows on this kind of server."""
        library.edit(item_id, view_count=views, last_viewed_at=library.now() if views else None)

    def settle_in(self, server: DemoServer, item: Item) -> None:
        """Do what else shows that an item is in another library now."""

    def listing(self, section: str = r"\d+") -> Match:
        """Requests for pages with items in them, full, slim or delta."""
        raise NotImplementedError

    def full(self, section: str = r"\d+") -> Match:
        listing = self.listing(section)
        return lambda request: listing(request) and not self._slim(request) and not self._since(request)

    def slim(self, section: str = r"\d+") -> Match:
        listing = self.listing(section)
        return lambda request: listing(request) and self._slim(request)

    def delta(self, section: str = r"\d+") -> Match:
        listing = self.listing(section)
        return lambda request: listing(request) and self._since(request)

    def either(self, *matches: Match) -> Match:
        """Requests that any of these is for."""
        return lambda request: any(match(request) for match in matches)

    def mix(self, server: DemoServer, section: str) -> None:
        """Let a library be one of movies and shows."""
        raise NotImplementedError

    def details(self) -> Match:
        raise NotImplementedError

    def ids_of(self, request: Request) -> int:
        """How many ids a request for details names."""
        raise NotImplementedError

    def episodes_of(self) -> Match:
        raise NotImplementedError

    def sections(self) -> Match:
        raise NotImplementedError

    def identity(self) -> Match:
        raise NotImplementedError

    def is_of(self, kind: str) -> Match:
        """Requests of a listing that ask for items of a kind."""
        raise NotImplementedError

    def _slim(self, request: Request) -> bool:
        raise NotImplementedError

    def _since(self, request: Request) -> bool:
        raise NotImplementedError

    def resolution(self, value: str) -> str:
        return {"4k": "4K", "sd": "SD"}.get(value, f"{value}p")

    def ids(self, guid: str, external: Sequence[str]) -> set[tuple[str, str]]:
        return {found for text in (guid, *external) if (found := parse_guid(text)) is not None}


class PlexAdapter(Adapter):
    """Plex."""

    kind = ServerKind.PLEX
    # One for who answers, one for the list of libraries.
    idle_requests = 2
    idle_tier = SyncTier.MARKER
    lacks: ClassVar[dict[str, str]] = {
        "mixed libraries": "a library holds movies or shows, never both",
        "placeholders": "episodes that nobody has are not listed",
    }
    title_key = b'"title":"'

    def server(self, library: DemoLibrary, **facts: Any) -> DemoServer:
        return DemoServer(library, token=TOKEN, **facts)

    def source(self, connection: Connection, token: CancelToken | None, sizes: Sizes, wait: Wait) -> MediaSource:
        connection = sizes.patience(connection)
        client = HttpClient(connection, cancel=token, headers=plex_headers(connection), wait=wait)
        source = PlexSource(connection, client=client)
        source.capabilities = replace(
            PlexSource.capabilities, page_size=sizes.page, slim_page_size=sizes.slim, max_ids=sizes.ids
        )
        return source

    def truths(self, server: DemoServer) -> dict[int, Truth]:
        library = server.library
        with library.lock:
            return {
                item.id: truth_of(item)
                for item in library.items.values()
                if item.kind in _KINDS and item.section in library.sections
            }

    def listing(self, section: str = r"\d+") -> Match:
        wanted = re.compile(rf"/library/sections/{section}/all$")
        return lambda request: bool(
            wanted.search(request.path) and request.value("X-Plex-Container-Size") not in ("0", None)
        )

    def details(self) -> Match:
        return lambda request: request.path.startswith("/library/metadata/")

    def ids_of(self, request: Request) -> int:
        return request.path.count(",") + 1

    def episodes_of(self) -> Match:
        return lambda request: request.path.endswith("/allLeaves")

    def sections(self) -> Match:
        return lambda request: request.path == "/library/sections"

    def identity(self) -> Match:
        return lambda request: request.path == "/identity"

    def is_of(self, kind: str) -> Match:
        number = {"movie": "1", "show": "2", "episode": "4"}[kind]
        return lambda request: request.param("type") == number

    def _slim(self, request: Request) -> bool:
        return request.param("includeElements") == "Media"

    def _since(self, request: Request) -> bool:
        return any(name.endswith(">>") for name, _value in request.params)


class MediaBrowserAdapter(Adapter):
    """What Emby and Jellyfin share: an administrator's account, no marker, files known by their ids."""

    flavour: ClassVar[Flavour]
    dialect: ClassVar[type[MediaBrowserDialect]]
    source_type: ClassVar[type[MediaBrowserSource]]
    # Who answers, the libraries, and of all of them: what was saved, how much there is, what was watched.
    idle_requests = 5
    idle_tier = SyncTier.MARKER
    lacks: ClassVar[dict[str, str]] = {
        "marker": "no marker tells of a library that something moved: changes and counts are asked for each time",
        "trash": "there is no trash: an item without its file is gone, or a placeholder",
        "plex formats": "answers are JSON of one shape",
        "stamps of their own": "what is stored is saved with its date: no change leaves the save date as it was",
        "numbers without bounds": "an absurd number costs only itself (see tests/sources/mediabrowser)",
        "two items of one file": "a file of two episodes is one item with a last number",
        "library uuid": "a library has no identity besides its id",
    }
    title_key = b'"Name":"'

    def server(self, library: DemoLibrary, **facts: Any) -> DemoServer:
        server = DemoServer(library, token="an-api-key", dialect=self.dialect, **facts)
        assert isinstance(server.dialect, MediaBrowserDialect)
        server.dialect.users.tokens[TOKEN] = server.dialect.users.accounts[0]
        return server

    def connection(self, server: DemoServer) -> Connection:
        assert isinstance(server.dialect, MediaBrowserDialect)
        return Connection(server.url, TOKEN, user_id=server.dialect.users.accounts[0].id)

    def source(self, connection: Connection, token: CancelToken | None, sizes: Sizes, wait: Wait) -> MediaSource:
        connection = sizes.patience(connection)
        client = HttpClient(connection, cancel=token, headers=mediabrowser_headers(self.kind, connection), wait=wait)
        source = self.source_type(connection, client=client)
        own = self.source_type.capabilities
        source.capabilities = replace(
            own, page_size=sizes.page, slim_page_size=sizes.slim, max_ids=min(sizes.ids, own.max_ids)
        )
        return source

    def library_id(self, section: str) -> str:
        return self.flavour.item_id(int(section))

    def remote_id(self, item_id: int) -> str:
        return self.flavour.item_id(item_id)

    def views(self, item: Item) -> tuple[int, int | None]:
        # Of a show only whether all was watched.
        return super().views(item) if item.kind != "show" else (int(item.view_count > 0), None)

    def truths(self, server: DemoServer) -> dict[int, Truth]:
        assert isinstance(server.dialect, MediaBrowserDialect)
        return {self.flavour.item_number(key): each for key, each in server.dialect.truth().items()}

    def stamp(self, stamp: int) -> str | None:
        return None

    def rename_file(self, library: DemoLibrary, item_id: int, path: str, *, bump: bool) -> None:
        # The id comes from the path: a file that moved is another item.
        library.rename_file(item_id, path)
        library.reissue(item_id)

    def watch(self, library: DemoLibrary, item_id: int, views: int) -> None:
        library.mark(item_id, views)

    def settle_in(self, server: DemoServer, item: Item) -> None:
        # Asked for by its id, an item tells only by its path which library it is in.
        folder = item.versions[0].parts[0].file.rpartition("/")[0]
        server.library.sections[item.section].roots.append(Root(99_000 + item.id, folder, "moved"))
        assert isinstance(server.dialect, MediaBrowserDialect)
        if (alias := server.dialect.view.path(folder)) != folder:
            server.dialect.view.network_paths[folder] = alias

    def listing(self, section: str = r"\d+") -> Match:
        def matches(request: Request) -> bool:
            asked = dict(request.params)
            if not request.path.endswith("/Items") or "ParentId" not in asked or asked.get("Limit") == "0":
                return False
            number = self.flavour.item_number(asked["ParentId"])
            return bool(re.fullmatch(section, str(number)))

        return matches

    def mix(self, server: DemoServer, section: str) -> None:
        assert isinstance(server.dialect, MediaBrowserDialect)
        server.dialect.view.mixed.add(section)

    def details(self) -> Match:
        return lambda request: request.path.endswith("/Items") and request.param("Ids") is not None

    def ids_of(self, request: Request) -> int:
        return (request.param("Ids") or "").count(",") + 1

    def episodes_of(self) -> Match:
        return lambda request: request.path.endswith("/Episodes")

    def sections(self) -> Match:
        return lambda request: request.path.endswith(("/Library/VirtualFolders", "/Query", "Views"))

    def identity(self) -> Match:
        return lambda request: request.path == "/System/Info/Public"

    def is_of(self, kind: str) -> Match:
        word = {"movie": "Movie", "show": "Series", "episode": "Episode"}[kind]
        return lambda request: word in (request.param("IncludeItemTypes") or "").split(",")

    def _slim(self, request: Request) -> bool:
        return "Path" not in (request.param("Fields") or "").split(",")

    def _since(self, request: Request) -> bool:
        return any(name.startswith("MinDateLastSaved") for name, _value in request.params)

    def ids(self, guid: str, external: Sequence[str]) -> set[tuple[str, str]]:
        return super().ids("", external)


class EmbyAdapter(MediaBrowserAdapter):
    """Emby."""

    kind = ServerKind.EMBY
    flavour = EMBY
    dialect = EmbyDialect
    source_type = EmbySource

    def views(self, item: Item) -> tuple[int, int | None]:
        # Lists tell whether an item was watched, neither how often nor when.
        return int(item.view_count > 0), None


class JellyfinAdapter(MediaBrowserAdapter):
    """Jellyfin."""

    kind = ServerKind.JELLYFIN
    flavour = JELLYFIN
    dialect = JellyfinDialect
    overcounts = True
    source_type = JellyfinSource


ADAPTERS: dict[str, type[Adapter]] = {"plex": PlexAdapter, "emby": EmbyAdapter, "jellyfin": JellyfinAdapter}
