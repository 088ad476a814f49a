"""Accounts of one person on several servers, and accounts and libraries whose plays are not kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.core.storage.people import Account, KeptLibrary

__all__ = [
    "Account",
    "KeptLibrary",
    "Person",
    "accounts",
    "keep_library",
    "keep_user",
    "libraries",
    "merge",
    "restore_persons",
    "set_kept",
    "show_as",
    "split",
]


@dataclass(frozen=True, slots=True)
class Person:
    """A person and the accounts that belong to it, as (server, account's own name)."""

    name: str
    accounts: Sequence[tuple[str, str]]


def accounts(host: AppContext) -> list[Account]:
    """Return every account that played."""
    return host.people.accounts()


def libraries(host: AppContext) -> list[KeptLibrary]:
    """Return every imported library with whether its plays are kept."""
    return host.people.libraries()


def merge(host: AppContext, names: Sequence[str], *, person: str) -> Person:
    """Let the accounts with these names, on whatever server, be one person. `split` takes it back.

    A name can also be that of a person: then all its accounts are meant. Who belongs to the person already stays.

    Raises:
        ConfigError: no account has one of the names, or the person has none.
    """
    name = " ".join(person.split())
    if not name:
        raise ConfigError(_("A person needs a name."), hint=_("Enter a name."))
    known = accounts(host)
    chosen: dict[Account, None] = {}
    for each in names:
        found = [account for account in known if _is_called(account, each)]
        if not found:
            raise ConfigError(
                _("No user is called “{name}”.").format(name=each),
                hint=_("Known users: {names}.").format(names=", ".join(sorted({one.name for one in known})) or "–"),
            )
        chosen |= dict.fromkeys(found)
    host.people.set_person(list(chosen), name)
    return Person(name, sorted((each.server, each.name) for each in accounts(host) if each.person == name))


def split(host: AppContext, names: Sequence[str] = (), *, person: str) -> Person:
    """Let the accounts of a person (or only those with these names) be known by their own names again.

    Raises:
        ConfigError: there is no such person, or none of its accounts has one of the names.
    """
    wanted = {name.casefold() for name in names}
    chosen = [
        account
        for account in accounts(host)
        if (account.person or "").casefold() == person.casefold().strip()
        and (not wanted or account.name.casefold() in wanted)
    ]
    if not chosen:
        raise ConfigError(
            _("No accounts are merged as “{name}”.").format(name=person), hint=_("Enter the name they were merged as.")
        )
    host.people.set_person(chosen, None)
    return Person(chosen[0].person or person, sorted((each.server, each.name) for each in chosen))


def show_as(host: AppContext, chosen: Sequence[Account], person: str | None) -> None:
    """Let accounts be known by the name of a person, or (None) by their own. `restore_persons` takes it back."""
    name = None if person is None else " ".join(person.split()) or None
    host.people.set_person(chosen, name)


def restore_persons(host: AppContext, before: Sequence[Account]) -> None:
    """Let accounts be known by the names that they had when they were read."""
    now = {_key(account): account for account in accounts(host)}
    for account in before:
        current = now.get(_key(account))
        if current is not None:
            host.people.set_person([current], account.person)


def set_kept(host: AppContext, chosen: Sequence[Account], *, keeps: bool) -> None:
    """Decide whether plays of these accounts become history from now on."""
    host.people.set_keeps_history(chosen, keeps)


def keep_user(host: AppContext, name: str, *, keeps: bool, server: Server | None = None) -> list[Account]:
    """Decide whether plays of a user become history from now on; return its accounts.

    The accounts are returned as they were before.

    Raises:
        ConfigError: no account has this name.
    """
    chosen = [
        account
        for account in accounts(host)
        if _is_called(account, name) and account.id is not None and (server is None or account.server_id == server.id)
    ]
    if not chosen:
        raise ConfigError(_("No user is called “{name}”.").format(name=name), hint=_("Check the name."))
    host.people.set_keeps_history(chosen, keeps)
    return chosen


def keep_library(host: AppContext, library_id: int, *, keeps: bool) -> None:
    """Decide whether plays of items of a library become history from now on."""
    host.libraries.change(library_id, keeps_history=keeps)


def _key(account: Account) -> tuple[int | None, str, str]:
    return (account.id, account.server, account.name)


def _is_called(account: Account, name: str) -> bool:
    return name.casefold().strip() in (account.name.casefold(), (account.person or account.name).casefold())
