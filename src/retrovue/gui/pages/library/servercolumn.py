"""The column of servers: a letter tile for each server that holds a row, and what there is to say of them."""

from retrovue.core.domain.browse import FileRow, ItemRow, SeasonRow, SortField
from retrovue.core.domain.media import ItemKind
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.pages.library.roles import SHARED_ROLE, TILES_ROLE, TONE_ROLE
from retrovue.gui.tables.cells import KINDS_ROLE
from retrovue.gui.tables.columns import Column

_TILES_MAX = 3

Row = ItemRow | SeasonRow | FileRow


def server_column(*, in_tree: bool = False) -> Column:
    """In the tree episodes show their resolution there, whose server is that of their show."""
    kinds = _tree_kinds if in_tree else _kinds
    return Column(
        "server",
        _("Server"),
        _tree_text if in_tree else _names,
        width=92,
        sort_key=SortField.SERVER,
        tooltip=_tip,
        roles={
            KINDS_ROLE: kinds,
            TILES_ROLE: lambda row: len(kinds(row)) > 1,
            SHARED_ROLE: lambda row: bool(kinds(row)) and _has_shared(row),
            TONE_ROLE: lambda row: "text2" if in_tree and not kinds(row) else "text",
        },
    )


def _kinds(row: Row) -> tuple[str, ...]:
    if isinstance(row, SeasonRow):
        return ()
    of_server = {copy.server_id: copy.server_kind for copy in row.copies} if isinstance(row, ItemRow) else {}
    return tuple(of_server.values())[:_TILES_MAX] or (row.server_kind,)


def _tree_kinds(row: Row) -> tuple[str, ...]:
    return () if isinstance(row, ItemRow) and row.kind is ItemKind.EPISODE else _kinds(row)


def _names(row: Row) -> str:
    if isinstance(row, ItemRow) and row.copies:
        return ", ".join(dict.fromkeys(copy.server for copy in row.copies))
    return "" if isinstance(row, SeasonRow) else row.server


def _tree_text(row: Row) -> str:
    if isinstance(row, ItemRow) and row.kind is ItemKind.EPISODE:
        return row.resolution or text.DASH
    return _names(row)


def _tip(row: Row) -> str | None:
    if not isinstance(row, ItemRow):
        return _names(row) or None
    shared = _("shared with you")
    if not row.copies:
        return f"{row.server} · {shared}" if row.is_shared else row.server
    lines = [" · ".join((copy.server, copy.library, *((shared,) if copy.is_shared else ()))) for copy in row.copies]
    return "\n".join((lines[0], _("also on:"), *lines[1:]))


def _has_shared(row: Row) -> bool:
    return isinstance(row, ItemRow) and (row.is_shared or any(copy.is_shared for copy in row.copies))
