"""Connections to a PostgreSQL server, with deadlines for everything that can hang."""

import os
from collections.abc import Generator
from functools import cache
from time import monotonic
from typing import Any

from retrovue.core.storage.postgres.address import PostgresAddress, driver

CONNECT_TIMEOUT_S = 10
# A connection whose other end is gone without a word is noticed within half a minute, here and on the server: until
# then it holds the locks of a computer that died.
_ALIVE = {"keepalives_idle": 10, "keepalives_interval": 5, "keepalives_count": 4, "tcp_user_timeout": 30000}
_SETTINGS = {
    "tcp_keepalives_idle": "10",
    "tcp_keepalives_interval": "5",
    "tcp_keepalives_count": "4",
    "tcp_user_timeout": "30000",
    "idle_in_transaction_session_timeout": "10min",
    "statement_timeout": "0",
    # To compile a query takes longer than most of ours run; and what lists and statistics read is in memory, where no
    # row is far away: by default 300,000 of seven million sums are looked for by reading them all.
    "jit": "off",
    "random_page_cost": "1.1",
    # Enough to sort the ids of a list of 200,000 rows without a file.
    "work_mem": "32MB",
}


def open_connection(
    address: PostgresAddress,
    *,
    is_snapshot: bool = False,
    is_ours: bool = False,
    deadline_s: float | None = None,
    lock_s: float | None = None,
) -> Any:
    """A connection of psycopg.

    Args:
        is_snapshot: everything read is of one instant, and nothing is written.
        is_ours: it runs the same statements again and again, which the server then keeps prepared, and begins its
            transactions itself.
        deadline_s: a statement that takes longer fails; None: the caller watches.
        lock_s: a lock that others hold longer fails a statement.
    """
    psycopg = driver()
    own: dict[str, object] = {"application_name": "RetroVue", "client_encoding": "UTF8", **_ALIVE}
    own["prepare_threshold"] = 5 if is_ours else None
    if "PGCONNECT_TIMEOUT" not in os.environ:
        own["connect_timeout"] = CONNECT_TIMEOUT_S
    secret = {} if address.password is None else {"password": address.password}
    connection = _bounded_type()(deadline_s).connect(**{**own, **address.params, **secret})
    try:
        # Sums of whole numbers are "numeric" on the server, and whole numbers here.
        connection.adapters.register_loader("numeric", _number_loader())
        connection.autocommit = True
        waits = {"statement_timeout": deadline_s, "lock_timeout": lock_s}
        known = {name: str(round(seconds * 1000)) for name, seconds in waits.items() if seconds is not None}
        values = [word for pair in {**_SETTINGS, **known}.items() for word in pair]
        connection.execute(f"SELECT {', '.join(['set_config(%s, %s, false)'] * (len(values) // 2))}", values)
        connection.autocommit = is_ours
        if is_snapshot:
            connection.isolation_level = psycopg.IsolationLevel.REPEATABLE_READ
            connection.read_only = True
    except BaseException:
        connection.close()
        raise
    return connection


@cache
def _bounded_type() -> Any:
    psycopg = driver()

    @cache
    def of(deadline_s: float | None) -> Any:
        if deadline_s is None:
            return psycopg.Connection
        # The server has had its own time to end the statement.
        limit_s = deadline_s + 2

        class BoundedConnection(psycopg.Connection):  # type: ignore[misc, name-defined]  # psycopg is optional
            """The server ends what takes too long, and where it does not answer at all, we leave."""

            def wait(self, generator: Any, *options: Any, **named: Any) -> Any:
                return super().wait(self._bounded(generator), *options, **named)

            def _bounded(self, generator: Any) -> Generator[Any, Any, Any]:
                end = monotonic() + limit_s
                try:
                    wanted = next(generator)
                    while True:
                        ready = yield wanted
                        if not ready and monotonic() > end:
                            self.pgconn.finish()
                            raise psycopg.OperationalError(HUNG)
                        wanted = generator.send(ready)
                except StopIteration as done:
                    return done.value

        return BoundedConnection

    return of


HUNG = "the server said nothing for too long"


@cache
def _number_loader() -> Any:
    driver()
    from psycopg.adapt import Loader

    class NumberLoader(Loader):  # type: ignore[misc]  # psycopg is optional, and unknown to mypy where it is absent
        """An int where it is one, else a float: as SQLite has it."""

        def load(self, data: Any) -> int | float:
            text = bytes(data)
            return int(text) if text.lstrip(b"-").isdigit() else float(text)

    return NumberLoader
