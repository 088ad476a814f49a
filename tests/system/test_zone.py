"""The zone of the desktop."""

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from retrovue.core.system.zone import local_zone


@pytest.mark.parametrize("text", ["Asia/Kolkata", ":Asia/Kolkata"])
def test_the_environment_names_the_zone(text: str) -> None:
    assert local_zone({"TZ": text}) == ZoneInfo("Asia/Kolkata")


@pytest.mark.parametrize("environ", [{}, {"TZ": "Nowhere/Land"}, {"TZ": "../../etc/passwd"}])
def test_else_it_is_that_of_the_system(environ: dict[str, str]) -> None:
    now = datetime.now(UTC)
    assert now.astimezone(local_zone(environ)).utcoffset() == now.astimezone().utcoffset()
