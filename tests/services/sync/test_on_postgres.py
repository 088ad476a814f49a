"""The scenarios of other modules with the catalog on a PostgreSQL server: what is stored is the same.

Imported here they are collected once more, and get the worlds of this module.
"""

from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from tests.services.conftest import World, new_world_in
from tests.services.postgres_world import PostgresWorld
from tests.services.sync.test_absence import *  # noqa: F403
from tests.services.sync.test_changes import *  # noqa: F403
from tests.services.sync.test_dry_run import test_changes_of_every_kind as test_changes_of_every_kind
from tests.services.sync.test_dry_run import test_the_copy_is_deleted as test_the_copy_is_deleted
from tests.services.sync.test_identity import *  # noqa: F403
from tests.services.sync.test_interrupted import (
    test_an_import_that_was_killed_goes_on as test_an_import_that_was_killed_goes_on,
)
from tests.services.sync.test_removals import *  # noqa: F403
from tests.storage.engines import PostgresServer

# They know no catalog.
del test_thresholds, test_ambiguous_pairs_are_never_taken  # noqa: F821

pytestmark = pytest.mark.slow


@pytest.fixture
def new_world(kind: str, postgres: PostgresServer, tmp_path: Path) -> Iterator[Callable[..., World]]:
    worlds: list[PostgresWorld] = []

    def start(**spec: Any) -> PostgresWorld:
        made = partial(PostgresWorld, postgres=postgres)
        world = new_world_in(tmp_path / f"profile{len(worlds)}", kind, made=made, **spec)
        assert isinstance(world, PostgresWorld)
        worlds.append(world)
        return world

    yield start
    for world in worlds:
        world.close()
        world.server.stop()
        postgres.drop(world.catalog)


@pytest.fixture
def synced(new_world: Callable[..., World]) -> World:
    world = new_world()
    world.sync()
    world.pass_time(660)
    return world
