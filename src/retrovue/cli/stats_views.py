"""`retrovue stats VIEW`: plays counted by day, user, title and so on."""

from collections.abc import Callable
from functools import partial
from typing import Annotated

import typer

from retrovue.cli.days import From, To, parse_day
from retrovue.cli.failures import DONE
from retrovue.cli.output import Output, cells, hours_minutes
from retrovue.cli.session import Session, session_of
from retrovue.core.domain.errors import ConfigError
from retrovue.core.domain.history import PlayFilter
from retrovue.core.domain.played_titles import Within
from retrovue.core.domain.statistics import STOPPED_AT, Amount, Chosen, ConcurrentTable, StatTable, View
from retrovue.core.domain.titles import episode_title
from retrovue.core.i18n import _, ngettext, number
from retrovue.core.services.catalog.lookup import find_library, find_server
from retrovue.core.services.history.plays import list_plays
from retrovue.core.services.statistics import views
from retrovue.core.services.statistics.growth import growth, growth_json
from retrovue.core.services.statistics.output import popular_json, recent_json, table_json, tables_json
from retrovue.core.services.statistics.parts import find_part
from retrovue.core.services.statistics.watched import most_popular, recently_watched

Sittings = Annotated[bool, typer.Option("--sittings", help=_("Count plays of a title that follow each other as one."))]
Top = Annotated[int | None, typer.Option("--top", min=1, metavar="N", help=_("Only the N largest, largest first."))]
ServerOption = Annotated[str | None, typer.Option("--server", metavar="SERVER", help=_("Only plays of this server."))]
UserOption = Annotated[str | None, typer.Option("--user", metavar="USER", help=_("Only plays of this user."))]
LibraryOption = Annotated[
    str | None, typer.Option("--library", metavar="LIBRARY", help=_("Only plays from this library."))
]

TitleOption = Annotated[
    str | None, typer.Option("--title", metavar="TITLE", help=_("Only plays of this show or movie."))
]
SeasonOption = Annotated[int | None, typer.Option("--season", min=0, metavar="N", help=_("Only this season of it."))]
EpisodeOption = Annotated[
    int | None, typer.Option("--episode", min=0, metavar="N", help=_("Only this episode of the season."))
]

_HELP = {
    View.DAYS: _("Count plays by day."),
    View.WEEKDAYS: _("Count plays by day of the week."),
    View.HOURS: _("Count plays by hour of the day."),
    View.MONTHS: _("Count plays by month."),
    View.USERS: _("Count plays by user."),
    View.PLATFORMS: _("Count plays by platform."),
    View.PLAYERS: _("Count plays by player."),
    View.TITLES: _("Count plays by show and movie."),
    View.LIBRARIES: _("Count plays by library."),
    View.STREAMS: _("Count plays by stream decision."),
    View.RESOLUTIONS: _("Count plays by resolution of the file."),
    View.DELIVERED: _("Count plays by delivered resolution."),
    View.COMPLETION: _("Count plays by how far they got."),
    View.GENRES: _("Count plays by genre, each under the first genre of its title."),
    View.SEASONS: _("Count plays by season of a show."),
    View.ITEMS: _("Count plays by movie and episode."),
    View.CONCURRENT: _("Show the most concurrent streams of each day."),
}


def add_views(app: typer.Typer) -> None:
    """Add a command for each view, one for the most popular titles, and one for all views of scripts."""
    for view in View:
        app.command(view.value, help=_HELP[view])(_command(partial(_show_one, view)))
    app.command("popular", help=_("Show the titles that most people watched."))(_command(_show_popular))
    app.command("recent", help=_("Show the titles that were watched last."))(_command(_show_recent))
    app.command("growth", help=_("Count movies and episodes by the month in which they were added."))(
        _command(_show_growth)
    )
    app.command("all", help=_("Show every statistic of plays."))(_command(_show_all))


def _command(show: Callable[[Session, Chosen], int]) -> Callable[..., int]:
    def run(
        ctx: typer.Context,
        first: From = None,
        last: To = None,
        sittings: Sittings = False,
        top: Top = None,
        server: ServerOption = None,
        user: UserOption = None,
        library: LibraryOption = None,
        title: TitleOption = None,
        season: SeasonOption = None,
        episode: EpisodeOption = None,
    ) -> int:
        session = session_of(ctx)
        found = None if server is None else find_server(session.context, server)
        inside = None if library is None else find_library(session.context, library, server=found, include_gone=True).id
        chosen = Chosen(
            views.day_range(session.context, parse_day(first), parse_day(last)),
            sittings=sittings,
            server_id=None if found is None else found.id,
            user=user,
            library_id=inside,
            within=_part(session, title, season, episode),
            top=top,
        )
        return show(session, chosen)

    return run


def _part(session: Session, title: str | None, season: int | None, episode: int | None) -> Within | None:
    if title is not None:
        return find_part(session.context, title, season, episode)
    if season is not None or episode is not None:
        raise ConfigError(_("A season was given without its show."), hint=_("Give the title of the show as well."))
    return None


def _show_one(view: View, session: Session, chosen: Chosen) -> int:
    table: StatTable | ConcurrentTable
    if view is View.CONCURRENT:
        table = views.concurrent(session.context, chosen, token=session.token)
    else:
        table = views.statistics(session.context, view, chosen, token=session.token)
    if session.out.as_json:
        session.out.json(table_json(table))
        return DONE
    session.out.line(_heading(table))
    _print(session.out, table)
    _note_none(session, table.total)
    return DONE


def _show_popular(session: Session, chosen: Chosen) -> int:
    chosen = views.resolved(session.context, chosen)
    titles = most_popular(session.context, chosen, token=session.token)
    total = views.total(session.context, chosen, token=session.token)
    if session.out.as_json:
        session.out.json(popular_json(chosen, total, titles))
        return DONE
    session.out.line(_heading(StatTable(View.TITLES, chosen, total, [])))
    rows = [cells(title.key, title.users, number(title.plays), hours_minutes(title.play_s)) for title in titles]
    session.out.table([_("Title"), _("Users"), _("Plays"), _("Hours")], rows, right=(1, 2, 3))
    _note_none(session, total)
    return DONE


def _show_recent(session: Session, chosen: Chosen) -> int:
    found = recently_watched(session.context, chosen, token=session.token)
    if session.out.as_json:
        session.out.json(recent_json(found))
        return DONE
    session.out.line(_heading(StatTable(View.TITLES, found.chosen, found.total, [])))
    rows = [
        cells(
            episode_title(None if title.key is None else str(title.key), title.episode),
            f"{title.at.astimezone(found.chosen.days.zone):%Y-%m-%d %H:%M}",
            title.user,
            number(title.plays),
            hours_minutes(title.play_s),
        )
        for title in found.titles
    ]
    session.out.table([_("Title"), _("Last watched"), _("User"), _("Plays"), _("Hours")], rows, right=(3, 4))
    _note_none(session, found.total)
    return DONE


def _show_growth(session: Session, chosen: Chosen) -> int:
    found = growth(session.context, chosen)
    if session.out.as_json:
        session.out.json(growth_json(found))
        return DONE
    days = found.days
    said = ngettext("{n} movie or episode", "{n} movies and episodes", found.items).format(n=number(found.items))
    session.out.line(f"{days.first} – {days.last} · {days.zone_name} · {said}")
    rows = [cells(month.key, number(month.added), number(month.items)) for month in found.steps]
    session.out.table([_("Month"), _("Added"), _("Total")], rows, right=(1, 2))
    return DONE


def _show_all(session: Session, chosen: Chosen) -> int:
    tables = views.everything(session.context, chosen, token=session.token)
    if session.out.as_json:
        session.out.json(tables_json(tables))
        return DONE
    session.out.line(_heading(next(iter(tables.values()))))
    for table in tables.values():
        session.out.line("")
        _print(session.out, table)
    _note_none(session, next(iter(tables.values())).total)
    return DONE


def _note_none(session: Session, total: Amount) -> None:
    """Say why there is nothing: nobody has recorded yet, or nothing is like that."""
    if total.plays:
        return
    is_empty = not list_plays(session.context, PlayFilter(limit=1))
    session.out.note(_("No plays yet. Record them with “retrovue monitor”.") if is_empty else _("No plays match."))


def _heading(table: StatTable | ConcurrentTable) -> str:
    """The range, its zone and its totals: "2026-02-08 – 2026-03-09 · Europe/Berlin · 1,284 plays · 1,017:12 h"."""
    days = table.chosen.days
    parts = [
        f"{days.first} – {days.last}",
        days.zone_name,
        _plays(table.total, table.chosen),
        hours_minutes(table.total.play_s),
    ]
    return " · ".join(parts)


def _plays(total: Amount, chosen: Chosen) -> str:
    n = number(total.plays)
    if chosen.sittings:
        return ngettext("{n} group of plays", "{n} groups of plays", total.plays).format(n=n)
    return ngettext("{n} play", "{n} plays", total.plays).format(n=n)


def _print(out: Output, table: StatTable | ConcurrentTable) -> None:
    if isinstance(table, ConcurrentTable):
        out.table([_("Day"), _("Most concurrent")], [cells(row.key, row.max) for row in table.rows], right=(1,))
        return
    rows = [cells(_key(table.view, row.key), number(row.plays), hours_minutes(row.play_s)) for row in table.rows]
    out.table([_column(table.view), _("Plays"), _("Hours")], rows, right=(1, 2))


def _column(view: View) -> str:
    return {
        View.DAYS: _("Day"),
        View.WEEKDAYS: _("Weekday"),
        View.HOURS: _("Hour"),
        View.MONTHS: _("Month"),
        View.USERS: _("User"),
        View.PLATFORMS: _("Platform"),
        View.PLAYERS: _("Player"),
        View.TITLES: _("Title"),
        View.LIBRARIES: _("Library"),
        View.STREAMS: _("Stream"),
        View.RESOLUTIONS: _("Resolution"),
        View.DELIVERED: _("Delivered resolution"),
        View.COMPLETION: _("Progress"),
        View.GENRES: _("Genre"),
        View.SEASONS: _("Season"),
        View.ITEMS: _("Title"),
    }[view]


def _key(view: View, key: str | int | None) -> str | None:
    if view is View.WEEKDAYS:
        names = (_("Monday"), _("Tuesday"), _("Wednesday"), _("Thursday"), _("Friday"), _("Saturday"), _("Sunday"))
        return names[int(key or 1) - 1]
    if view is View.HOURS:
        return f"{key:02d}:00"
    if view is View.COMPLETION:
        return _completion(key)
    if view is View.STREAMS and key is not None:
        return str(key).replace("_", " ")
    return None if key is None else str(key)


def _completion(key: str | int | None) -> str:
    """How far plays got."""
    if key == "watched":
        return _("Watched")
    return _("Not known") if key is None else STOPPED_AT.get(str(key), str(key))
