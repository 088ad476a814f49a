"""Where notices are also sent to: added, tried, removed."""

from dataclasses import dataclass, field, replace

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, RetroVueError, SecretError
from retrovue.core.domain.forwarding import KINDS, NoticeChoice, NoticeTarget
from retrovue.core.domain.playback import EventKind
from retrovue.core.i18n import _
from retrovue.core.services.forwarding.sending import send, service_of
from retrovue.core.services.forwarding.wording import check_text, preview
from retrovue.core.system.logging import register_secret
from retrovue.core.system.secrets import SecretPlace
from retrovue.core.system.settings import NOTICE_DEFAULTS

EVENTS = tuple(dict.fromkeys([*NOTICE_DEFAULTS, *(kind.value for kind in EventKind)]))
"""Those that a notice can be about."""


@dataclass(frozen=True, slots=True)
class Tried:
    """The outcome of a test. `problem` is empty where the notice arrived."""

    target: NoticeTarget
    problem: str


@dataclass(frozen=True, slots=True)
class Removed:
    """A target that was removed, for `put_back`. Its address is in memory only."""

    target: NoticeTarget
    url: str | None = field(repr=False)


def all_targets(host: AppContext) -> list[NoticeTarget]:
    """Return every target, oldest first, with what waits for it."""
    return host.forwarding.targets()


def add(host: AppContext, url: str, choice: NoticeChoice = NoticeChoice()) -> NoticeTarget:  # noqa: B008 - frozen
    """Send notices to an address from now on.

    Raises:
        ConfigError: it is none, or an event or a field of the text is unknown.
        SecretError: there is no keyring to keep it in.
    """
    register_secret(url)
    choice = checked(choice)
    service = service_of(url)
    target = host.forwarding.add(service, choice, now=host.clock.epoch())
    try:
        _keep(host, target.id, url)
    except RetroVueError:
        host.forwarding.remove(target.id)
        raise
    return target


def change(host: AppContext, target_id: int, choice: NoticeChoice, url: str | None = None) -> None:
    """Send something else to a target, and to another address where one is given.

    Raises:
        ConfigError: there is no such target, or the address, an event or a field of the text is unknown.
        SecretError: there is no keyring to keep the address in.
    """
    choice = checked(choice)
    target = _target(host, target_id)
    service = target.service
    if url is not None:
        register_secret(url)
        service = service_of(url)
        _keep(host, target_id, url)
    host.forwarding.change(target_id, service, choice)


def checked(choice: NoticeChoice) -> NoticeChoice:
    """Return a choice as it is kept.

    Raises:
        ConfigError: an event, a type or a field of the text is unknown.
    """
    for name, known, text in (
        (next((each for each in choice.events if each not in EVENTS), None), EVENTS, _("Unknown event: {name}")),
        (next((each for each in choice.kinds if each not in KINDS), None), KINDS, _("Unknown type: {name}")),
    ):
        if name is not None:
            raise ConfigError(text.format(name=name), hint=_("Known: {names}").format(names=", ".join(known)))
    return replace(choice, text=check_text(choice.text))


def remove(host: AppContext, target_id: int) -> Removed:
    """Send nothing there any more, nor what waits for it. Returns what `put_back` needs.

    Raises:
        ConfigError: there is no such target.
        SecretError: the keyring is locked; the target stays.
    """
    removed = Removed(_target(host, target_id), address_of(host, target_id))
    # Its address first: one that a locked keyring keeps could never be deleted once nobody knows its name.
    host.secrets.delete(_name(target_id))
    host.forwarding.remove(target_id)
    return removed


def put_back(host: AppContext, removed: Removed) -> None:
    """Send notices there again.

    Raises:
        SecretError: there is no keyring to keep the address in.
    """
    target = removed.target
    if removed.url is not None:
        _keep(host, target.id, removed.url)
    host.forwarding.add(target.service, target.choice, now=host.clock.epoch(), target_id=target.id)


def _keep(host: AppContext, target_id: int, url: str) -> None:
    name = _name(target_id)
    if host.secrets.put_own(name, url) is not SecretPlace.MEMORY:
        return
    host.secrets.delete(name)
    # A keyring that is locked says so.
    host.secrets.own(name)
    raise SecretError(
        _("This computer has no keyring for the address."),
        hint=_("Set up a keyring, or let RetroVue keep secrets in a file."),
        command_hint=_("Set RETROVUE_SECRETS=file to keep it in a file."),
        reason="missing",
    )


def _target(host: AppContext, target_id: int) -> NoticeTarget:
    found = next((each for each in host.forwarding.targets() if each.id == target_id), None)
    if found is None:
        raise _unknown(target_id)
    return found


def try_out(host: AppContext, target_id: int | None = None) -> list[Tried]:
    """Send a test notice to one target, or to all.

    Raises:
        ConfigError: there is no such target.
    """
    targets = [each for each in host.forwarding.targets() if target_id in (None, each.id)]
    if target_id is not None and not targets:
        raise _unknown(target_id)
    return [Tried(each, _try(host, each)) for each in targets]


def try_address(host: AppContext, url: str, choice: NoticeChoice) -> str:
    """Send a test notice to an address, in the words of a choice; returns why it could not be sent, or nothing.

    Raises:
        ConfigError: it is no address, or a field of the text is unknown.
    """
    register_secret(url)
    title, body = "RetroVue", _("This is a test.")
    if choice.text:
        event = choice.events[0] if choice.events else EventKind.STARTED.value
        title, body = preview(choice.text, event, host.clock.now(), host.zone)
    return send(url, title, body)


def address_of(host: AppContext, target_id: int) -> str | None:
    """The address of a target; None where it is gone from the keyring.

    Raises:
        SecretError: the keyring is locked.
    """
    return host.secrets.own(_name(target_id))[0]


def _try(host: AppContext, target: NoticeTarget) -> str:
    try:
        url = address_of(host, target.id)
        if url is None:
            return _("Its address is no longer in the keyring. Remove it and add it again.")
        return try_address(host, url, target.choice)
    except (ConfigError, SecretError) as error:
        return error.text


def _name(target_id: int) -> str:
    return f"notify:{target_id}"


def _unknown(target_id: int) -> ConfigError:
    return ConfigError(
        _("There is no service number {id}.").format(id=target_id),
        hint=_("See the list of services for their numbers."),
    )
