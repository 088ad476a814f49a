"""The time zone of this desktop."""

import logging
import os
from collections.abc import Mapping
from datetime import UTC, datetime, tzinfo
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

log = logging.getLogger(__name__)


def local_zone(environ: Mapping[str, str] | None = None) -> tzinfo:
    """Return the zone of this desktop, by its name wherever the system tells one.

    Where neither `TZ` nor the system names a zone that exists, it is the system's present offset, which knows no
    daylight saving. Thread: any.
    """
    named = (os.environ if environ is None else environ).get("TZ", "").lstrip(":")
    if named:
        try:
            return ZoneInfo(named)
        except (ZoneInfoNotFoundError, ValueError):
            log.debug("TZ=%s names no zone", named)
    # Imported on first use: it reads files of the system.
    from tzlocal import get_localzone

    try:
        found: tzinfo = get_localzone()
    except (ZoneInfoNotFoundError, ValueError, LookupError) as error:
        log.warning("the time zone of this system is not known: %s", error)
        return datetime.now(UTC).astimezone().tzinfo or UTC
    return found
