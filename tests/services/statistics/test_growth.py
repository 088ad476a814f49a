"""How libraries grew, worked out by hand."""

from dataclasses import replace
from datetime import date
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import insert
from tests.services.statistics.past import instant, open_profile

from retrovue.core.domain.days import DayRange
from retrovue.core.domain.statistics import Chosen, View
from retrovue.core.services.statistics.growth import growth
from retrovue.core.storage.tables import movies

pytestmark = pytest.mark.usefixtures("each_engine")

ITEM = {"sort_key": "", "fingerprint": 0, "change_key": 0, "last_seen_at": 1}


def test_items_count_from_the_local_month_in_which_they_were_added(tmp_path: Path) -> None:
    context = open_profile(tmp_path)
    zone = ZoneInfo("Europe/Berlin")
    always = Chosen(DayRange(None, None, zone))
    assert [month.items for month in growth(context, always).steps] == [0]
    # The last quarter of January in Berlin, the first of February, a removed one, one without a date of the server.
    added = (
        (10, "2026-01-31T22:59Z", None), (10, "2026-01-31T23:00Z", None), (11, "2026-02-01T12:00Z", 5),
        (20, None, None),
    )  # fmt: skip
    with context.database.write() as connection:
        for number, (library_id, at, removed_at) in enumerate(added):
            facts = {"added_at": instant(at) if at else None, "first_seen_at": instant("2026-04-05T00:00Z")}
            row = {"library_id": library_id, "remote_id": str(number), "title": "x", "removed_at": removed_at}
            connection.execute(insert(movies).values(**row, **facts, **ITEM))
    spring = replace(always, days=DayRange(date(2026, 2, 1), date(2026, 4, 30), zone))
    found = growth(context, spring)
    assert [(month.key, month.added, month.items) for month in found.steps] == [
        ("2026-02", 1, 2),
        ("2026-03", 0, 2),
        ("2026-04", 1, 3),
    ]
    week = growth(context, replace(always, days=DayRange(date(2026, 4, 4), date(2026, 4, 6), zone)), View.DAYS)
    assert [(day.key, day.added, day.items) for day in week.steps] == [
        ("2026-04-04", 0, 2),
        ("2026-04-05", 1, 3),
        ("2026-04-06", 0, 3),
    ]
    assert growth(context, always).steps[0].key == "2026-01"
    assert growth(context, replace(spring, server_id=2)).items == 1
    assert growth(context, replace(spring, library_id=10)).items == 2
    context.close()
