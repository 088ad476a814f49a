"""What happens, sent on: a thread takes events, keeps notices in a queue that survives a restart, and sends them.

A service that does not answer delays nobody else: what waits for it is tried again later, each time later.
"""

import logging
import queue
import threading
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import datetime
from functools import partial

from retrovue.core.domain.errors import ConfigError, RetroVueError, SecretError
from retrovue.core.domain.forwarding import NoticeTarget, Unsent
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.forwarding.sending import send
from retrovue.core.services.forwarding.targets import ForwardingHost, address_of
from retrovue.core.services.monitor.events import Heard
from retrovue.core.services.monitor.notices import NoticeFlow, NoticeRules, rules_of

log = logging.getLogger(__name__)

_FIRST_PAUSE_S, _LAST_PAUSE_S = 30, 3_600
_MOST_TRIES = 24
_MOST_WAITING = 500
_LOOK_S = 30.0

Send = Callable[[str, str, str], str]


class Forwarder:
    """Sends notices to all targets while `run` runs. Thread: any; `run` blocks on one of its own.

    Args:
        send: (address, title, text) → why it could not be sent, or an empty text.
    """

    def __init__(self, host: ForwardingHost, *, send: Send = send) -> None:
        self._host = host
        self._send = send
        self._heard: queue.Queue[Heard] = queue.Queue()
        self._flows: dict[int, tuple[NoticeTarget, NoticeFlow]] = {}
        self._unkept: list[tuple[int, str, str]] = []
        self._silent: set[int] = set()
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
            while not token.cancelled:
                self._wake.clear()
                pause_s = _LOOK_S
                try:
                    self.keep()
                    pause_s = self._deliver(token)
                except RetroVueError as error:
                    log.warning("notices are not sent now: %s", error.text)
                if not token.cancelled:
                    self._wake.wait(pause_s)
        finally:
            forget()

    def keep(self) -> None:
        """Turn events into notices of each target, and put them into the queue that survives.

        What was heard is given away only once it can be kept: a catalog that is busy now loses nothing.
        """
        targets = {target.id: target for target in self._host.forwarding.targets()}
        events: list[Heard] = []
        while not self._heard.empty():
            events.append(self._heard.get_nowait())
        now = self._host.clock.now()
        for target_id in [each for each in self._flows if each not in targets]:
            del self._flows[target_id]
        for target in targets.values():
            known = self._flows.get(target.id)
            if known is None or known[0] != target:
                known = self._flows[target.id] = (target, NoticeFlow(partial(self._rules, target)))
            told = known[1].hear([each for each in events if _concerns(target, each)], now)
            self._unkept += [(target.id, each.notice.title, each.notice.body) for each in told]
        while self._unkept:
            target_id, title, body = self._unkept[0]
            if target_id in targets:
                notice = [(title, body)]
                self._host.forwarding.put(target_id, notice, now=self._host.clock.epoch(), most=_MOST_WAITING)
            del self._unkept[0]

    def _rules(self, target: NoticeTarget) -> NoticeRules:
        rules = rules_of(self._host.settings)
        return replace(rules, wanted=frozenset(target.events)) if target.events else rules

    def _deliver(self, token: CancelToken) -> float:
        """Send what is due; returns how long nothing will be, seconds."""
        stuck: set[int] = set()
        for notice in self._host.forwarding.due(self._host.clock.epoch()):
            if token.cancelled:
                return 0.0
            if notice.target_id not in stuck and not self._deliver_one(notice):
                stuck.add(notice.target_id)
        moments = [flow.next_at() for _target, flow in self._flows.values()]
        waits = [_seconds(self._host.clock.now(), at) for at in moments if at is not None]
        next_at = self._host.forwarding.next_at()
        if next_at is not None:
            waits.append(float(next_at - self._host.clock.epoch()))
        return min(_LOOK_S, max(0.05, min(waits, default=_LOOK_S)))

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


def _concerns(target: NoticeTarget, heard: Heard) -> bool:
    event = heard.event
    if target.server_id is not None and event.server_id != target.server_id:
        return False
    session = event.session
    return target.user is None or (session is not None and (session.user or "").casefold() == target.user.casefold())


def _seconds(now: datetime, at: datetime) -> float:
    return (at - now).total_seconds()
