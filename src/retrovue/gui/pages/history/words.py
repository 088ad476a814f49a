"""What the History page says of plays, as text."""

from datetime import datetime

from retrovue.core.domain.history import Play
from retrovue.core.domain.titles import episode_code
from retrovue.core.i18n import _, ngettext
from retrovue.gui import text
from retrovue.gui.widgets.states import StateLook, decision_look

_DECISIONS = ("direct_play", "direct_stream", "transcode")


def heading(play: Play) -> str:
    """The show, or the title itself."""
    return play.show or play.title or _("Untitled")


def rest_of_title(play: Play) -> str:
    """What follows the heading: "S01E04 · Carrier Wave", "1962"."""
    if play.show:
        code = episode_code(play.season, play.episode, aired=play.aired)
        return " · ".join(part for part in (code, play.title) if part)
    return str(play.year) if play.year else ""


def full_title(play: Play) -> str:
    """Heading and rest in one line."""
    return " · ".join(part for part in (heading(play), rest_of_title(play)) if part)


def reach(play: Play) -> str:
    """ "0:00 – 31:20": which part of its title was played. Empty where nobody knows, as of live TV.

    Servers tell only where a play ended. Whoever skipped began elsewhere than at its length before that.
    """
    if play.position_ms is None or play.position_ms <= 0 or play.play_s <= 0 or play.kind == "live":
        return ""
    end_s = play.position_ms // 1000
    return f"{played(end_s - play.play_s)} – {played(end_s)}"


def moment(at: datetime, now: datetime) -> str:
    """ "25 Oct, 16:23:57"."""
    return f"{text.day(at, now)}, {at.astimezone().strftime('%H:%M:%S')}"


def played(seconds: int) -> str:
    """ "43:10", "1:38:02"."""
    minutes, rest = divmod(max(0, seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def long_time(seconds: int) -> str:
    """ "402 h 18 min", "45 min"."""
    hours, minutes = divmod(round(max(0, seconds) / 60), 60)
    if hours:
        return _("{hours} h {minutes} min").format(hours=text.number(hours), minutes=f"{minutes:02}")
    return _("{n} min").format(n=minutes)


def plays_count(count: int) -> str:
    """ "612 plays"."""
    return ngettext("{n} play", "{n} plays", count).format(n=text.number(count))


def player(play: Play) -> str:
    """ "Pixel 9 · Findroid"."""
    return " · ".join(dict.fromkeys(part for part in (play.player, play.product or play.platform) if part))


def percent(play: Play) -> str:
    """ "97 %"; a dash for an unknown length."""
    return text.DASH if play.percent is None else _("{n} %").format(n=play.percent)


def decision_word(decision: str) -> str:
    """The word of a stream decision; the server's own for one that is not known."""
    return decision_look(decision).word if decision in _DECISIONS else decision


def look_of(play: Play) -> StateLook | None:
    """Shape and word of how it was streamed; None where nobody knows."""
    if play.stream_decision is None:
        return None
    if play.stream_decision in _DECISIONS:
        return decision_look(play.stream_decision)
    return StateLook("question", "text2", play.stream_decision)


def ways_to_stream() -> list[str]:
    """The words for how something was streamed."""
    return [decision_look(decision).word for decision in _DECISIONS]


def kind_word(kind: str) -> str:
    """What a kind of item is called."""
    return {
        "movie": _("Movie"),
        "episode": _("Episode"),
        "track": _("Music"),
        "clip": _("Clip"),
        "photo": _("Photo"),
        "live": _("Live TV"),
    }.get(kind, kind)


def source_word(source: str) -> str:
    """Where a play is known from."""
    return {"live": _("Recorded by RetroVue")}.get(source, _("Imported from {source}").format(source=source))
