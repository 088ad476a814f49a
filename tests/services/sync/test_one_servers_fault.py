"""What one server does is that server's alone: the others are synced, and it is said once and soon."""

import argparse
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.servers.bare import BareServer
from tests.servers.hostile import BEHAVIOURS, MACHINE

from retrovue.core.context import AppContext
from retrovue.core.domain.servers import RemoteLibrary, ServerInfo, ServerKind
from retrovue.core.domain.sync import SyncOutcome, SyncRequest
from retrovue.core.domain.tasks import CancelToken
from retrovue.core.services.servers import registration as servers
from retrovue.core.services.sync import run_sync
from retrovue.core.sources.base import Connection, MediaSource
from retrovue.core.sources.registry import open_source
from retrovue.core.system.dirs import resolve_dirs
from retrovue.demo import DemoServer, LibrarySpec, make_library

_ARGS = argparse.Namespace(to="http://127.0.0.1:1", silence=1.0)


@pytest.fixture
def host(tmp_path: Path) -> Iterator[AppContext]:
    """A program with one good server."""
    library = make_library(LibrarySpec(shows=2, episodes=8, movies=6))
    context = AppContext(
        resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False
    )
    with DemoServer(library) as server:
        servers.add(context, kind=ServerKind.PLEX, name="Good", url=server.url, secret=server.token)
        yield context
    context.close()


@pytest.mark.parametrize(
    "behaviour",
    [
        "nested-xml",
        "redirect-nowhere",
        "endless-redirect",
        "proxy-sign-in",
        "proxy-forbids",
        "same-page",
        "wait-a-minute",
    ],
)
@pytest.mark.parametrize("product", [ServerKind.PLEX, ServerKind.JELLYFIN], ids=lambda product: product.value)
def test_the_others_sync_on(host: AppContext, behaviour: str, product: ServerKind) -> None:
    with BareServer(BEHAVIOURS[behaviour][1](_ARGS)) as hostile:
        info = ServerInfo(product, "Bad", MACHINE, "1")
        bad = host.servers.add(name="Bad", url=hostile.url, info=info, now=1)
        host.secrets.put(bad.uuid, "secret")
        report = run_sync(host, SyncRequest(), CancelToken())
    assert [failure.server for failure in report.failures] == ["Bad"]
    # Once, and after each of five redirects: nobody comes back to it after a pause.
    assert hostile.hits <= 6
    good = [each for each in report.libraries if each.server == "Good"]
    assert {each.outcome for each in good} == {SyncOutcome.OK}


def test_a_fault_that_nobody_thought_of_is_the_servers(tmp_path: Path) -> None:
    """Whatever is raised inside: the next server is asked."""

    def opened(kind: ServerKind, connection: Connection, token: CancelToken | None) -> MediaSource:
        source = open_source(kind, connection, token=token)
        if connection.server is not None and connection.server.name == "Odd":

            def libraries() -> list[RemoteLibrary]:
                raise LookupError("what nobody thought of")

            source.libraries = libraries  # type: ignore[method-assign]
        return source

    library = make_library(LibrarySpec(shows=2, episodes=8, movies=6))
    other = make_library(LibrarySpec(shows=2, episodes=8, movies=6, seed=2))
    context = AppContext(
        resolve_dirs(tmp_path), environ={"RETROVUE_SECRETS": "memory"}, keyring=lambda: None, write_log=False,
        open_source=opened,
    )  # fmt: skip
    with DemoServer(other) as odd, DemoServer(library) as good:
        for name, server in (("Odd", odd), ("Good", good)):
            servers.add(context, kind=ServerKind.PLEX, name=name, url=server.url, secret=server.token)
        report = run_sync(context, SyncRequest(), CancelToken())
    context.close()
    assert [failure.server for failure in report.failures] == ["Odd"]
    assert "Odd" in report.failures[0].message
    assert {each.outcome for each in report.libraries if each.server == "Good"} == {SyncOutcome.OK}
