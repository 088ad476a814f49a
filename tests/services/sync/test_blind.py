"""Whatever stands in whatever field of whatever item: a sync ends in words, nothing is lost, and the next one heals."""

import random
from typing import Any

import pytest
from tests.services.conftest import World

from retrovue.core.domain.sync import SyncOutcome
from retrovue.demo.fault_kinds import SpoilItem

ODD: tuple[Any, ...] = (
    None,
    "",
    " ",
    "0",
    "\x00\x1b[31m\u202e",
    "9" * 5_000,
    0,
    -1,
    2**63 - 1,
    2**63,
    -(2**63) - 1,
    10**400,
    0.5,
    1e308,
    True,
    False,
    [],
    {},
    [None],
    [[]],
    [{}],
    {"": None},
    "\ud800",
)
_REMOVED = " UNION ALL ".join(
    f"SELECT 1 FROM {table} WHERE removed_at IS NOT NULL" for table in ("movies", "shows", "episodes", "media_files")
)


def spoiled(document: Any, chance: random.Random) -> Any:
    """A copy of a document with an odd value somewhere, at any depth."""
    if isinstance(document, dict) and document:
        name = chance.choice(sorted(document))
        return {**document, name: _somewhere(document[name], chance)}
    if isinstance(document, list) and document:
        place = chance.randrange(len(document))
        return [_somewhere(each, chance) if index == place else each for index, each in enumerate(document)]
    return chance.choice(ODD)


def _somewhere(value: Any, chance: random.Random) -> Any:
    return spoiled(value, chance) if isinstance(value, dict | list) and chance.random() < 0.7 else chance.choice(ODD)


@pytest.mark.slow
@pytest.mark.every_kind
@pytest.mark.parametrize("seed", [24, 26, 28, 30, 53, 55])
def test_any_value_in_any_field(synced: World, seed: int) -> None:
    chance = random.Random(seed)
    items = chance.sample(sorted(synced.library.items), 12)
    for item_id in items:
        own = chance.randrange(2**32)
        synced.server.faults.add(
            SpoilItem(item_id=item_id, change=lambda document, own=own: spoiled(document, random.Random(own)))
        )
    for full in (True, False):
        report = synced.sync(full=full)
        texts = [each.error or "" for each in report.libraries] + [each.message for each in report.failures]
        assert not any("unexpected" in text for text in texts), texts
        assert {each.outcome for each in report.libraries} <= {
            SyncOutcome.OK,
            SyncOutcome.INCOMPLETE,
            SyncOutcome.FAILED,
        }
        assert not synced.rows(_REMOVED)
        synced.check_order()
    synced.server.faults.clear()
    synced.sync(full=True)
    synced.check()
