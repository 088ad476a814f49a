"""Who accounts belong to: several accounts with one person, and whose plays are kept."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from sqlalchemy import ColumnElement, Connection, func, or_, select, update

from retrovue.core.domain.servers import LibraryKind
from retrovue.core.domain.text import fold
from retrovue.core.storage.database import Database
from retrovue.core.storage.tables import libraries, media_users, plays, servers

_SEPARATOR = "\n"
"""Before the person in the searched text, so that undoing finds exactly what merging added."""


class Account(NamedTuple):
    """An account that played. `server_id` and `id` are None for one of a server that is not in the catalog."""

    id: int | None
    server_id: int | None
    server: str
    name: str
    person: str | None
    keeps_history: bool


class KeptLibrary(NamedTuple):
    """A library, and whether plays of its items are kept."""

    id: int
    server: str
    name: str
    keeps_history: bool


class PeopleRepository:
    """Accounts and their persons. Thread: any."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def accounts(self) -> list[Account]:
        """Every account that played, by server and name."""
        stored = select(
            media_users.c.id,
            media_users.c.server_id,
            servers.c.name,
            media_users.c.name,
            media_users.c.person,
            media_users.c.keeps_history,
        ).join(servers, servers.c.id == media_users.c.server_id)
        homeless = (
            select(plays.c.server_name, plays.c.user_name, func.max(plays.c.person))
            .where(plays.c.media_user_id.is_(None), plays.c.user_name.is_not(None))
            .group_by(plays.c.server_name, plays.c.user_name)
        )
        with self._database.read() as connection:
            found = [Account(*row) for row in connection.execute(stored)]
            found += [Account(None, None, *row, True) for row in connection.execute(homeless)]
        return sorted(found, key=lambda each: (each.server.casefold(), each.name.casefold()))

    def libraries(self) -> list[KeptLibrary]:
        """Every imported library of the servers that are in the catalog, by server and name."""
        imported = [kind.value for kind in LibraryKind if kind.is_imported]
        query = (
            select(libraries.c.id, servers.c.name, libraries.c.name, libraries.c.keeps_history)
            .join(servers, servers.c.id == libraries.c.server_id)
            .where(servers.c.removed_at.is_(None), libraries.c.kind.in_(imported))
        )
        with self._database.read() as connection:
            found = [KeptLibrary(*row) for row in connection.execute(query)]
        return sorted(found, key=lambda each: (each.server.casefold(), each.name.casefold()))

    def set_person(self, chosen: Sequence[Account], person: str | None) -> None:
        """Let accounts be one person, or (None) each known by its own name again. Their plays show it at once."""
        with self._database.write() as connection:
            for account in chosen:
                _set_person(connection, account, person)

    def set_keeps_history(self, chosen: Sequence[Account], keeps: bool) -> None:
        """Whether plays of accounts become history from now on."""
        ids = [account.id for account in chosen if account.id is not None]
        with self._database.write() as connection:
            connection.execute(update(media_users).where(media_users.c.id.in_(ids)).values(keeps_history=keeps))


def _set_person(connection: Connection, account: Account, person: str | None) -> None:
    if account.id is not None:
        connection.execute(update(media_users).where(media_users.c.id == account.id).values(person=person))
        mine = plays.c.media_user_id == account.id
    else:
        mine = (
            plays.c.media_user_id.is_(None)
            & (plays.c.server_name == account.server)
            & (plays.c.user_name == account.name)
        )
    folded: ColumnElement[Any] = plays.c.folded
    if account.person is not None:
        folded = func.replace(folded, _SEPARATOR + fold(account.person), "")
    if person is not None:
        folded = folded + _SEPARATOR + fold(person)
    other = (
        or_(plays.c.person.is_(None), plays.c.person != person) if person is not None else plays.c.person.is_not(None)
    )
    connection.execute(update(plays).where(mine, other).values(person=person, folded=folded))


def searched_person(person: str | None) -> str:
    """What the person adds to the searched text of a play."""
    return "" if person is None else _SEPARATOR + fold(person)
