"""What an import did, or would do, in sentences: the same in the window and in the command line."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime

from retrovue.core.domain.imports import ImportCounts
from retrovue.core.i18n import _, ngettext


def sentences(
    counts: ImportCounts, *, is_rehearsal: bool, number: Callable[[int], str], day: Callable[[datetime], str]
) -> Iterator[str]:
    """Yield what happened to the plays of a record, a sentence each.

    Args:
        number, day: how the program writes them.
    """
    n = counts.added
    if is_rehearsal:
        yield ngettext("{n} play would be added.", "{n} plays would be added.", n).format(n=number(n))
        yield from _outlook(counts, number=number, day=day)
    else:
        yield ngettext("{n} play added.", "{n} plays added.", n).format(n=number(n))
    known = counts.already_known
    if known:
        yield ngettext("{n} play was already known.", "{n} plays were already known.", known).format(n=number(known))
    if is_rehearsal and counts.joined:
        said = ngettext(
            "{n} of them was recorded by RetroVue or by another source as well, and counts once.",
            "{n} of them were recorded by RetroVue or by another source as well, and count once.",
            counts.joined,
        )
        yield said.format(n=number(counts.joined))
    if counts.skipped:
        yield ngettext("{n} row skipped.", "{n} rows skipped.", counts.skipped).format(n=number(counts.skipped))


def _outlook(counts: ImportCounts, *, number: Callable[[int], str], day: Callable[[datetime], str]) -> Iterator[str]:
    if counts.first_at is not None and counts.last_at is not None:
        first, last = (day(datetime.fromtimestamp(at, UTC)) for at in (counts.first_at, counts.last_at))
        if first == last:
            yield _("They are from {day}.").format(day=first)
        else:
            yield _("They are from {first} to {last}.").format(first=first, last=last)
    people = len(counts.people)
    if people:
        yield ngettext("{n} person played them.", "{n} people played them.", people).format(n=number(people))
    if counts.not_in_catalog:
        said = ngettext(
            "{n} is of an item that is not in the catalog, and is kept all the same.",
            "{n} are of items that are not in the catalog, and are kept all the same.",
            counts.not_in_catalog,
        )
        yield said.format(n=number(counts.not_in_catalog))
