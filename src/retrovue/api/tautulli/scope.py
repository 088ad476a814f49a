"""Which servers a request speaks of, and the numbers that their items, libraries and people have there.

For all servers the numbers are ours. For one Plex server they are its own rating keys, section and account IDs, so
that programs which join them with Plex keep working.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from typing import Any, TypeVar

from retrovue.api.house import SharedHouse
from retrovue.core.domain.servers import Library, Server, ServerKind
from retrovue.core.domain.sharing import SharedItem, SharedPlay, SharedUser, item_number, item_of, loose_number
from retrovue.core.services.servers.stored import all_libraries, all_servers
from retrovue.core.services.sharing.items import all_users, item_with_id, items_at, season_at
from retrovue.core.services.sharing.plays import played_addresses

NO_FACE = "interfaces/default/images/gravatar-default-80x80.png"


_Value = TypeVar("_Value")


@dataclass
class Scope:
    """A view of the house for the requests of a moment. Thread: any.

    Attributes:
        server: the only one that is spoken of; None for all.
    """

    house: SharedHouse
    server: Server | None = None
    _memory: dict[object, Any] = field(default_factory=dict)

    @cached_property
    def servers(self) -> list[Server]:
        """The servers that are spoken of."""
        return [self.server] if self.server is not None else list(all_servers(self.house.host))

    @cached_property
    def main_server(self) -> Server | None:
        """The one that is spoken of where Tautulli's words know only one; None where there is none.

        The Plex server that was added first, since programs make links to Plex with its identifier, else the server
        that was added first. The order of names would give another one with each server that comes, and programs
        take the identifier for that of the whole house.
        """
        used = [server for server in self.servers if server.is_active] or self.servers
        return min(used, key=lambda server: (server.kind is not ServerKind.PLEX, server.id), default=None)

    @cached_property
    def libraries(self) -> list[Library]:
        """Their libraries."""
        wanted = {server.id for server in self.servers}
        return [library for library in all_libraries(self.house.host) if library.server_id in wanted]

    @cached_property
    def users(self) -> list[SharedUser]:
        """The people who were seen playing something on them."""
        wanted = {server.id for server in self.servers}
        return [user for user in all_users(self.house.host) if user.server_id in wanted]

    @property
    def server_id(self) -> int | None:
        """The row of the only server, for filters."""
        return None if self.server is None else self.server.id

    @property
    def has_own_numbers(self) -> bool:
        """Whether numbers are those of the server."""
        return self.server is not None and self.server.kind is ServerKind.PLEX

    def remembered(self, key: object, read: Callable[[], _Value]) -> _Value:
        """What was read for a key, for as long as this view lasts."""
        if key not in self._memory:
            self._memory[key] = read()
        found: _Value = self._memory[key]
        return found

    def remembers(self, key: object) -> bool:
        """Return whether something was read for a key."""
        return key in self._memory

    def server_named(self, server_id: int | None) -> Server | None:
        """A server by its row."""
        return next((server for server in self.servers if server.id == server_id), None)

    # --- numbers ---------------------------------------------------------------------------------------------------

    def key(self, kind: str, row_id: int | None, remote_id: str | None) -> int | None:
        """The rating key of an item, season or show; None where there is none."""
        if self.has_own_numbers:
            return _whole(remote_id)
        return None if row_id is None else item_number(kind, row_id)

    def item_key(self, item: SharedItem) -> int | None:
        """The rating key of an item."""
        return self.key(item.kind, item.id, item.remote_id)

    def keys_of(
        self, item: SharedItem | None, play: SharedPlay | None = None
    ) -> tuple[int | None, int | None, int | None]:
        """(rating key, that of its season, that of its show). A play whose item is gone has at most its server's."""
        if item is None:
            return self._loose_keys(play)
        if item.kind == "season":
            return self.item_key(item), self.key("show", item.show_id, item.show_remote_id), None
        season = self.key("season", item.season_id, item.season_remote_id)
        return self.item_key(item), season, self.key("show", item.show_id, item.show_remote_id)

    def _loose_keys(self, play: SharedPlay | None) -> tuple[int | None, int | None, int | None]:
        if play is None:
            return None, None, None
        if self.has_own_numbers:
            return _whole(play.remote_id), None, None
        show = loose_number(play.server_id, play.show, is_show=True) if play.show else None
        return loose_number(play.server_id, play.remote_id or play.guid or play.title), None, show

    def loose(self, rating_key: int) -> tuple[tuple[tuple[int | None, str], ...], tuple[tuple[int | None, str], ...]]:
        """(items, shows) outside the catalog that have a rating key: server with remote ID, server with title."""
        if self.has_own_numbers or item_of(rating_key) is not None:
            return (((self.server_id, str(rating_key)),), ()) if self.has_own_numbers else ((), ())
        played = self.remembered("played", lambda: played_addresses(self.house.host))
        items = {(server, remote) for server, remote, _show in played if remote}
        shows = {(server, show) for server, _remote, show in played if show}
        return (
            tuple(each for each in items if loose_number(*each) == rating_key),
            tuple(each for each in shows if loose_number(*each, is_show=True) == rating_key),
        )

    def item(self, rating_key: int) -> SharedItem | None:
        """The item with a rating key."""
        host = self.house.host
        if self.has_own_numbers:
            assert self.server is not None
            found = items_at(host, {self.server.id: {str(rating_key)}})
            return found.get((self.server.id, str(rating_key))) or season_at(host, self.server.id, str(rating_key))
        named = item_of(rating_key)
        item = None if named is None else item_with_id(host, *named)
        return item if item is not None and self.server_named(item.server_id) is not None else None

    def section(self, library: Library | None) -> int | None:
        """The number of a library."""
        if library is None:
            return None
        return _whole(library.remote_id) if self.has_own_numbers else library.id

    def library(self, section_id: int) -> Library | None:
        """The library with a number."""
        return next((library for library in self.libraries if self.section(library) == section_id), None)

    def library_of(self, item: SharedItem | None) -> Library | None:
        """The library of an item."""
        if item is None:
            return None
        return next((library for library in self.libraries if library.id == item.library_id), None)

    def user_number(self, user: SharedUser) -> int:
        """The number of a person."""
        own = _whole(user.key) if self.has_own_numbers else None
        return user.id if own is None else own

    def user(self, number: int) -> SharedUser | None:
        """The person with a number."""
        return next((user for user in self.users if self.user_number(user) == number), None)

    @cached_property
    def _by_row(self) -> dict[int, SharedUser]:
        return {user.id: user for user in self.users}

    def person(self, row_id: int | None) -> SharedUser | None:
        """The person with a row."""
        return None if row_id is None else self._by_row.get(row_id)


def thumb(key: int | None) -> str:
    """The address of a picture, as `pms_image_proxy` takes it."""
    return "" if key is None else f"/library/metadata/{key}/thumb/1"


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isascii() and text.isdigit() and len(text) < 19 else None
