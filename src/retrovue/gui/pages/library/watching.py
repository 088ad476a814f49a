"""Who is watching what the details show: from the live sessions that the monitor knows of."""

from collections.abc import Sequence
from datetime import datetime

from retrovue.core.domain.media import ItemKind
from retrovue.core.domain.playback import session_code
from retrovue.core.i18n import _
from retrovue.core.services.monitor import ActiveSession
from retrovue.gui.pages.activity.words import clock
from retrovue.gui.pages.library.facts import ItemFacts


def watchers(sessions: Sequence[ActiveSession], details: ItemFacts, now: datetime) -> tuple[str, ...]:
    """One sentence for each session of one of the copies: "mira is watching · 24:18"; of a show for its episodes."""
    return tuple(_sentence(active, now) for active in sessions if _is_of(active, details))


def _is_of(active: ActiveSession, details: ItemFacts) -> bool:
    session = active.session
    if details.kind is ItemKind.SHOW:
        return session.show_title == details.title and any(active.server_id == server for server, _id in details.items)
    return session.remote_id is not None and (active.server_id, session.remote_id) in details.items


def _sentence(active: ActiveSession, now: datetime) -> str:
    session = active.session
    user = session.user or _("Someone")
    is_paused = session.state == "paused"
    said = (_("{user} paused") if is_paused else _("{user} is watching")).format(user=user)
    position_ms = active.position_ms_at(now)
    code = session_code(session)
    return " · ".join(part for part in (said, code, clock(position_ms) if position_ms is not None else "") if part)
