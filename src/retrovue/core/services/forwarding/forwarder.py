"""What happens, sent on: a thread takes events, keeps notices in a queue that survives a restart, and sends them.

A service that does not answer delays nobody else: what waits for it is tried again later, each time later.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from dataclasses import replace
from datetime import datetime
from functools import partial

from retrovue.core.context import AppContext
from retrovue.core.domain.errors import ConfigError, RetroVueError, SecretError
from retrovue.core.domain.forwarding import NoticeChoice, NoticeTarget, Unsent
from retrovue.core.domain.playback import EventKind
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.i18n import _
from retrovue.core.services.forwarding.sending import send
from retrovue.core.services.forwarding.targets import address_of
from retrovue.core.services.forwarding.wording import worded
from retrovue.core.services.monitor.events import Heard
from retrovue.core.services.monitor.notices import NoticeFlow, NoticeRules, NoticeText, Told, rules_of
from retrovue.core.services.monitor.notices.devices import is_new_device
from retrovue.core.services.monitor.notices.words import NEW_DEVICE, device_notice
from retrovue.core.system import deeds

log = logging.getLogger(__name__)

_FIRST_PAUSE_S, _LAST_PAUSE_S = 30, 3_600
_MOST_TRIES = 24
_MOST_WAITING = 500
_LOOK_S = 30.0
_MOST_STREAMS = 1_000
_SIDE_BY_SIDE = 4

Send = Callable[[str, str, str], str]


class Forwarder:
    """Sends notices to all targets while `run` runs. Thread: any; `run` blocks on one of its own.

    Args:
        send: (address, title, text) → why it could not be sent, or an empty text.
    """

    def __init__(self, host: AppContext, *, send: Send = send) -> None:
        self._host = host
        self._send = send
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._flows: dict[int, tuple[NoticeChoice, NoticeFlow]] = {}
        self._libraries: dict[tuple[int, str], str] = {}
        self._devices_told: set[tuple[int, int, str | None, str | None]] = set()
        self._unkept: list[tuple[int, str, str]] = []
        self._silent: set[int] = set()
        self._at_work: dict[int, Future[None]] = {}
        self._wake = threading.Event()

    def take(self, heard: Iterable[Heard]) -> None:
        """Something happened. What was so already when the program started is no news."""
        for each in heard:
            if each.is_news:
                self._heard.put(each)
        self._wake.set()

    def run(self, token: CancelToken) -> None:
        """Send until the token is canceled, also what waits since the last time; what is not sent then waits again."""
        forget = token.on_cancel(self._wake.set)
        try:
            with _side_by_side() as pool:
                while not token.cancelled:
                    self._wake.clear()
                    pause_s = _LOOK_S
                    try:
                        self.keep()
                        pause_s = self._deliver(pool, token)
                    except RetroVueError as error:
                        log.info("notices are not sent now: %s", error.detail)
                        deeds.complain(_("Notifications to other services wait. {why}").format(why=error.text))
                    if not token.cancelled:
                        self._wake.wait(pause_s)
        finally:
            forget()

    def send_waiting(self, token: CancelToken) -> None:
        """Try once to send what is due, and return. What is not sent waits for whoever runs next.

        Raises:
            StorageError: the catalog cannot be read or written.
        """
        with _side_by_side() as pool:
            self._deliver(pool, token)
            for work in self._at_work.values():
                work.result()

    def keep(self) -> None:
        """Turn events into notices of each target, and put them into the queue that survives.

        What was heard is given away only once it can be kept: a catalog that is busy now loses nothing.
        """
        targets = {target.id: target for target in self._host.forwarding.targets()}
        events: list[Heard] = []
        while not self._heard.empty():
            events.append(self._heard.get_nowait())
        self._note_libraries(events)
        now = self._host.clock.now()
        for target_id in [each for each in self._flows if each not in targets]:
            del self._flows[target_id]
        own_ids = {each.id: each.remote_user_id for each in self._host.servers.all() if each.remote_user_id}
        for target in targets.values():
            known = self._flows.get(target.id)
            if known is None or known[0] != target.choice:
                flow = NoticeFlow(partial(self._rules, target.choice, own_ids))
                known = self._flows[target.id] = (target.choice, flow)
            concerning = [each for each in events if concerns(target.choice, each)]
            told = known[1].hear(concerning, now) + self._new_devices(target, concerning, own_ids)
            self._unkept += [(target.id, *self._worded(target.choice, each)) for each in told]
        while self._unkept:
            target_id, title, body = self._unkept[0]
            if target_id in targets:
                notice = [(title, body)]
                self._host.forwarding.put(target_id, notice, now=self._host.clock.epoch(), most=_MOST_WAITING)
            del self._unkept[0]

    def _rules(self, choice: NoticeChoice, own_ids: Mapping[int, str]) -> NoticeRules:
        rules = rules_of(self._host.settings, own_ids)
        return replace(rules, wanted=frozenset(choice.events)) if choice.events else rules

    def _worded(self, choice: NoticeChoice, told: Told) -> tuple[str, str]:
        library = None if told.session is None else self._libraries.get(told.session)
        return worded(choice.text, told, library, self._host.zone)

    def _note_libraries(self, events: Iterable[Heard]) -> None:
        """Remember which library a stream is of: notices are told later, and without it."""
        for each in events:
            session = each.event.session
            if session is not None and each.library is not None:
                self._libraries[each.event.server_id, session.session_key] = each.library
        while len(self._libraries) > _MOST_STREAMS:
            del self._libraries[next(iter(self._libraries))]

    def _new_devices(self, target: NoticeTarget, events: Iterable[Heard], own_ids: Mapping[int, str]) -> list[Told]:
        """The starts on devices that the history does not know, each told once."""
        rules = self._rules(target.choice, own_ids)
        told: list[Told] = []
        for heard in events if NEW_DEVICE in rules.wanted else ():
            event, session = heard.event, heard.event.session
            if session is None or event.kind is not EventKind.STARTED or not rules.admits(event, heard.library):
                continue
            device = (target.id, event.server_id, session.user, session.device_id)
            if device not in self._devices_told and is_new_device(self._host, event.server_id, session):
                self._devices_told.add(device)
                stream = (event.server_id, session.session_key)
                told.append(Told(device_notice(event), f"device:{device}", event.at, stream, session.user, event))
        return told

    def _deliver(self, pool: Executor, token: CancelToken) -> float:
        """Begin to send what is due; returns how long nothing will be, seconds.

        Nothing waits for a service here: one that takes half a minute to fail would delay what happens meanwhile.
        """
        for target_id in [each for each, work in self._at_work.items() if work.done()]:
            self._at_work.pop(target_id).result()
        by_target: dict[int, list[Unsent]] = {}
        for notice in self._host.forwarding.due(self._host.clock.epoch(), without=self._at_work.keys()):
            by_target.setdefault(notice.target_id, []).append(notice)
        for target_id, notices in by_target.items():
            work = self._at_work[target_id] = pool.submit(self._deliver_to_one, notices, token)
            work.add_done_callback(lambda _done: self._wake.set())
        if token.cancelled:
            return 0.0
        moments = [flow.next_at() for _choice, flow in self._flows.values()]
        waits = [_seconds(self._host.clock.now(), at) for at in moments if at is not None]
        next_at = self._host.forwarding.next_at(without=self._at_work.keys())
        if next_at is not None:
            waits.append(float(next_at - self._host.clock.epoch()))
        return min(_LOOK_S, max(0.05, min(waits, default=_LOOK_S)))

    def _deliver_to_one(self, notices: Iterable[Unsent], token: CancelToken) -> None:
        for notice in notices:
            if token.cancelled or not self._deliver_one(notice):
                return

    def _deliver_one(self, notice: Unsent) -> bool:
        try:
            url = address_of(self._host, notice.target_id)
            problem = "its address is gone" if url is None else self._send(url, notice.title, notice.body)
        except (ConfigError, SecretError) as error:
            # A locked keyring, or a service that Apprise no longer knows, is the trouble of this one only.
            problem = error.text
        if not problem:
            self._silent.discard(notice.target_id)
            self._host.forwarding.sent(notice.id)
            return True
        if notice.tries + 1 >= _MOST_TRIES:
            self._host.forwarding.sent(notice.id)
            return False
        if notice.target_id not in self._silent:
            # Said once, not for each notice that waits.
            self._silent.add(notice.target_id)
            log.warning("service %d: %s", notice.target_id, problem)
        pause_s = min(_FIRST_PAUSE_S * 2**notice.tries, _LAST_PAUSE_S)
        self._host.forwarding.postpone(notice.target_id, self._host.clock.epoch() + pause_s)
        return False


def _side_by_side() -> ThreadPoolExecutor:
    return ThreadPoolExecutor(_SIDE_BY_SIDE, "sending")


def announce(host: AppContext, notice: NoticeText) -> None:
    """Send on what is no event of a stream or a server, such as the end of a sync: whoever forwards takes it along.

    Targets that are limited to servers, people, libraries or types are not told.
    """
    wanted = rules_of(host.settings).wanted
    told = Told(notice, notice.event, host.clock.now())
    for target in host.forwarding.targets():
        choice = target.choice
        is_limited = choice.servers or choice.users or choice.libraries or choice.kinds
        if not is_limited and notice.event in (choice.events or wanted):
            words = worded(choice.text, told, None, host.zone)
            host.forwarding.put(target.id, [words], now=host.clock.epoch(), most=_MOST_WAITING)


def concerns(choice: NoticeChoice, heard: Heard) -> bool:
    """Return whether an event is one that a service is sent."""
    event = heard.event
    if choice.servers and event.server_id not in choice.servers:
        return False
    session = event.session
    if session is None:
        return not (choice.users or choice.libraries or choice.kinds)
    if choice.users and not _is_named(session.user, choice.users):
        return False
    if choice.libraries and not _is_named(heard.library, choice.libraries):
        return False
    return not choice.kinds or ("live" if session.is_live else session.kind) in choice.kinds


def _is_named(name: str | None, names: Iterable[str]) -> bool:
    return (name or "").casefold() in {each.casefold() for each in names}


def _seconds(now: datetime, at: datetime) -> float:
    return (at - now).total_seconds()
