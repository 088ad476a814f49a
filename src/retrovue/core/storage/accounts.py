"""Accounts that played, as rows of `media_users`."""

from sqlalchemy import Connection, func, insert, select, update

from retrovue.core.storage.database import new_id
from retrovue.core.storage.tables import media_users
from retrovue.core.storage.values import key_text, storable_text

SHOWN_ACCOUNT = func.coalesce(media_users.c.person, media_users.c.name)
"""The person that an account belongs to, else its own name."""


def account_id(
    connection: Connection, server_id: int, user_key: str, name: str | None, *, first_at: int, last_at: int
) -> int:
    """Return the account with this key on a server, which is known from now on; its newest name is kept.

    Args:
        name: None where it is not known.
    """
    key = key_text(user_key)
    mine = (media_users.c.server_id == server_id) & (media_users.c.user_key == key)
    known = connection.execute(select(media_users.c.id, media_users.c.last_seen_at).where(mine)).first()
    if known is None:
        row = {"server_id": server_id, "user_key": key, "name": storable_text(name or user_key)}
        return new_id(
            connection.execute(insert(media_users).values(**row, first_seen_at=first_at, last_seen_at=last_at))
        )
    if last_at >= known.last_seen_at:
        news: dict[str, object] = {"last_seen_at": last_at}
        if name is not None:
            news["name"] = storable_text(name)
        connection.execute(update(media_users).where(mine).values(news))
    return int(known.id)


def account_named(connection: Connection, server_id: int, name: str) -> int | None:
    """Return the one account of a server with this name, in any letter case; None for none and for several.

    Records of the same server can know an account by another key: Plex calls its owner 1, plex.tv does not.
    """
    query = select(media_users.c.id).where(
        media_users.c.server_id == server_id, func.lower(media_users.c.name) == name.lower()
    )
    found = connection.execute(query.limit(2)).scalars().all()
    return int(found[0]) if len(found) == 1 else None
