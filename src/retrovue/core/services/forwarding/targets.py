"""Where notices are also sent to: added, tried, removed."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from retrovue.core.domain.errors import ConfigError, SecretError
from retrovue.core.domain.forwarding import NoticeTarget
from retrovue.core.domain.playback import EventKind
from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.core.services.forwarding.sending import send, service_of
from retrovue.core.services.host import ServerHost
from retrovue.core.storage.forwarding import ForwardingRepository
from retrovue.core.system.logging import register_secret
from retrovue.core.system.secrets import SecretPlace

EVENTS = tuple(kind.value for kind in EventKind)


class ForwardingHost(ServerHost, Protocol):
    """What sending elsewhere needs besides."""

    @property
    def forwarding(self) -> ForwardingRepository:
        """Targets, and what waits for them."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcome of a test. `problem` is empty where the notice arrived."""

    target: NoticeTarget
    problem: str


def add(
    host: ForwardingHost, url: str, *, events: Sequence[str] = (), server: Server | None = None, user: str | None = None
) -> NoticeTarget:
    """Send notices to an address from now on.

    Raises:
        ConfigError: it is none, or an event is unknown.
        SecretError: there is no keyring to keep it in.
    """
    register_secret(url)
    unknown = [event for event in events if event not in EVENTS]
    if unknown:
        raise ConfigError(
            _("Unknown event: {event}").format(event=unknown[0]),
            hint=_("Known events: {events}").format(events=", ".join(EVENTS)),
        )
    service = service_of(url)
    target = host.forwarding.add(service, events, None if server is None else server.id, user, now=host.clock.epoch())
    place = host.secrets.put(_name(target.id), url)
    if place is SecretPlace.MEMORY:
        host.secrets.delete(_name(target.id))
        host.forwarding.remove(target.id)
        raise SecretError(
            _("This computer has no keyring for the address."),
            hint=_("Set up a keyring, or let RetroVue keep secrets in a file."),
            command_hint=_("Set RETROVUE_SECRETS=file to keep it in a file."),
            reason="missing",
        )
    return target


def remove(host: ForwardingHost, target_id: int) -> None:
    """Send nothing there any more.

    Raises:
        ConfigError: there is no such target.
    """
    if not host.forwarding.remove(target_id):
        raise _unknown(target_id)
    host.secrets.delete(_name(target_id))


def try_out(host: ForwardingHost, target_id: int | None = None) -> list[Tried]:
    """Send a test notice to one target, or to all.

    Raises:
        ConfigError: there is no such target.
    """
    targets = [each for each in host.forwarding.targets() if target_id in (None, each.id)]
    if target_id is not None and not targets:
        raise _unknown(target_id)
    return [Tried(each, _try(host, each)) for each in targets]


def address_of(host: ForwardingHost, target_id: int) -> str | None:
    """The address of a target; None where it is gone from the keyring.

    Raises:
        SecretError: the keyring is locked.
    """
    return host.secrets.own(_name(target_id))[0]


def _try(host: ForwardingHost, target: NoticeTarget) -> str:
    try:
        url = address_of(host, target.id)
        if url is None:
            return _("Its address is no longer in the keyring. Remove it and add it again.")
        return send(url, "RetroVue", _("This is a test."))
    except (ConfigError, SecretError) as error:
        return error.text


def _name(target_id: int) -> str:
    return f"notify:{target_id}"


def _unknown(target_id: int) -> ConfigError:
    return ConfigError(
        _("There is no service number {id}.").format(id=target_id),
        hint=_("See the list of services for their numbers."),
    )
