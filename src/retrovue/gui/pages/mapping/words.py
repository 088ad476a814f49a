"""How rules, tried files and conflicts look and read."""

from collections.abc import Container, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING

from PySide6.QtCore import QLocale

from retrovue.core.domain.media import FileState
from retrovue.core.domain.path_rules import ConflictKind, MappingConflict
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.words import file_fault, files_in_state
from retrovue.gui import text
from retrovue.gui.tables.cells import PathPair
from retrovue.gui.widgets.states import StateLook, file_look

if TYPE_CHECKING:
    from retrovue.core.services.mapping.proposals import Proposal
    from retrovue.core.services.mapping.rules import RuleView
    from retrovue.core.services.mapping.trial import SampleRow

PROVEN_SHARE = 0.95
"""A few files are always on their way; fewer found files than this say that the rule is not right."""


@dataclass(frozen=True)
class RuleRow:
    """A rule as the table shows it.

    Attributes:
        number: what conflicts call it.
        conflict: the gravest, unless somebody said that it is intended; `other` is the number of the other rule.
        seen_at: when its files were last looked for.
    """

    number: int
    view: "RuleView"
    conflict: MappingConflict | None
    other: int
    seen_at: datetime | None

    @property
    def id(self) -> int:
        """The rule's id."""
        return self.view.mapping.id or 0

    @property
    def share(self) -> float | None:
        """Found files, 0 to 1; None while none was found."""
        return self.view.found / self.view.files if self.view.files and self.view.found else None


def rule_rows(views: Sequence["RuleView"], intended: Container[str], checked_at: datetime | None) -> list[RuleRow]:
    """Rules in their order, numbered, each with the conflict that matters most and is not intended."""
    numbers = numbers_of(views)
    rows = []
    for number, view in enumerate(views, 1):
        conflict = next((one for one in view.conflicts if conflict_key(one) not in intended), None)
        other = numbers.get(conflict.other.id or 0, 0) if conflict is not None and conflict.other is not None else 0
        moments = [one for one in (checked_at, view.proof.at if view.proof else None) if one is not None]
        rows.append(RuleRow(number, view, conflict, other, max(moments, default=None)))
    return rows


def conflict_key(conflict: MappingConflict) -> str:
    """What a conflict is remembered by when somebody says that it is intended."""
    other = "" if conflict.other is None else conflict.other.server_path
    rule = conflict.mapping
    return "|".join((str(rule.server_id), conflict.kind.value, rule.server_path, rule.local_path, other))


def numbers_of(views: Sequence["RuleView"]) -> Mapping[int, int]:
    """Rule id → its number in the table."""
    return {view.mapping.id or 0: number for number, view in enumerate(views, 1)}


def rule_look(row: RuleRow, now: datetime) -> StateLook:
    """What is known of a rule: its conflict, or how many of its files are there."""
    if row.conflict is not None:
        return _conflict_look(row.conflict.kind, row.other)
    if not row.view.files:
        return StateLook("minus-circle", "text2", _("No files"))
    if row.share is None:
        return StateLook("circle-dashed", "text2", _("Not checked"))
    if row.share < PROVEN_SHARE:
        return StateLook("warning-fill", "warning", _("Partly found"))
    if row.seen_at is None:
        return StateLook("check-circle-fill", "success", _("Verified"))
    if row.seen_at.astimezone().date() == now.astimezone().date():
        return StateLook("check-circle-fill", "success", _("Verified today"))
    return StateLook("check-circle-fill", "success", _("Verified {day}").format(day=text.day(row.seen_at, now)))


def _conflict_look(kind: ConflictKind, other: int) -> StateLook:
    return {
        ConflictKind.INVALID: StateLook("x-circle-fill", "danger", _("Cannot match")),
        ConflictKind.NO_FOLDER: StateLook("x-circle-fill", "danger", _("Folder not found")),
        ConflictKind.SHADOWED: StateLook("warning-fill", "warning", _("Overridden by rule {n}").format(n=other)),
        ConflictKind.REDUNDANT: StateLook("warning-fill", "warning", _("Covered by rule {n}").format(n=other)),
        ConflictKind.SAME_LOCAL_PATH: StateLook(
            "warning-fill", "warning", _("Same folder as rule {n}").format(n=other)
        ),
        ConflictKind.NEVER_USED: StateLook("minus-circle", "text2", _("Never used")),
    }[kind]


def conflict_states() -> list[str]:
    """What the state of a rule with a conflict can be, with a number of two digits."""
    return [_conflict_look(kind, 10).word for kind in ConflictKind]


def rule_tooltip(row: RuleRow) -> str:
    """The state of a rule as sentences."""
    if row.conflict is not None:
        return row.conflict.text
    if not row.view.files:
        return _("No file in the catalog uses this rule.")
    return ngettext("{found} of {total} file found.", "{found} of {total} files found.", row.view.files).format(
        found=text.number(row.view.found), total=text.number(row.view.files)
    )


def percent(share: float) -> str:
    """ "99.9 %"; 100 only when nothing is missing."""
    if share >= 1:
        return _("{percent} %").format(percent=100)
    return _("{percent} %").format(percent=QLocale().toString(min(99.9, int(share * 1000) / 10), "f", 1))


@dataclass(frozen=True)
class ConflictWords:
    """A conflict for a card: a heading and sentences that name the rules by their numbers."""

    title: str
    text: str
    tone: str


def conflict_words(conflict: MappingConflict, numbers: Mapping[int, int]) -> ConflictWords:
    """Heading and sentences of a conflict."""
    rule = conflict.mapping
    n = numbers.get(rule.id or 0, 0)
    other = conflict.other
    m = numbers.get(other.id or 0, 0) if other is not None else 0
    match conflict.kind:
        case ConflictKind.SHADOWED | ConflictKind.REDUNDANT:
            said = _("Rules {n} and {m} both cover {path}.").format(n=min(n, m), m=max(n, m), path=rule.server_path)
            return ConflictWords(_("Two rules overlap"), f"{said} {conflict.text}", "warning")
        case ConflictKind.SAME_LOCAL_PATH:
            said = _("Rules {n} and {m} both map to {path}.").format(n=min(n, m), m=max(n, m), path=rule.local_path)
            return ConflictWords(_("Two rules, one folder"), said, "warning")
        case ConflictKind.NEVER_USED:
            said = _("No file in the catalog is under {path}.").format(path=rule.server_path)
            return ConflictWords(_("Rule {n} is never used").format(n=n), said, "info")
        case ConflictKind.NO_FOLDER:
            said = _("{path} was not found. Connect its disk, or change the rule.").format(path=rule.local_path)
            return ConflictWords(_("The folder of rule {n} is missing").format(n=n), said, "danger")
    return ConflictWords(_("Rule {n} cannot match").format(n=n), conflict.text, "danger")


def pair_of(row: "SampleRow") -> PathPair:
    """Both paths of a tried file; for an unmapped one the sentence why."""
    if row.local_path is None:
        return PathPair(row.server_path, _("kept as is: {why}").format(why=_lower(row.why)))
    return PathPair(row.server_path, row.local_path, row.server_prefix, row.local_prefix)


def _lower(sentence: str) -> str:
    # A sentence that starts with a name or a path keeps its first letter.
    first = sentence.split(" ", 1)[0]
    return sentence[:1].lower() + sentence[1:] if first.istitle() else sentence


def sample_look(row: "SampleRow") -> StateLook:
    """Icon and word of a tried file."""
    return file_look(row.state)


def sample_reason(row: "SampleRow") -> str:
    """The short line below the state."""
    match row.state:
        case "found":
            if row.fault == "other_spelling":
                return _("accents differ")
            return _("size matches") if row.size_bytes is not None else _("size unknown")
        case "size_differs":
            return _("disk has {size}").format(size=text.size(row.disk_size_bytes))
        case "unmapped":
            return _("add a rule")
    return file_fault(row.fault) or (_("folder found, file missing") if row.state == "missing" else "")


def sample_tooltip(row: "SampleRow") -> str:
    """Both paths in full, and the reason."""
    lines = [row.server_path]
    lines.append(row.local_path if row.local_path is not None else row.why)
    if row.local_path is not None:
        lines.append(f"{sample_look(row).word}: {sample_reason(row)}")
    return "\n".join(lines)


def count_look(state: str, count: int) -> StateLook:
    """ "56 found" with the shape and colour of the state."""
    look = file_look(state)
    return StateLook(look.icon, look.tone, files_in_state(FileState(state), count, text.number))


def evidence_lines(found: "Proposal") -> list[str]:
    """What speaks for a suggestion , one sentence each."""
    suggestion = found.suggestion
    evidence = suggestion.evidence
    counts = ngettext(
        "{found} of {sampled} sample file was found", "{found} of {sampled} sample files were found", evidence.sampled
    ).format(found=text.number(evidence.found), sampled=text.number(evidence.sampled))
    if not evidence.sizes_compared:
        sizes = _("sizes unknown")
    elif evidence.sizes_equal == evidence.sizes_compared:
        sizes = _("all with the same size")
    elif not evidence.sizes_equal:
        sizes = _("but all sizes differ: probably a different version")
    else:
        sizes = _("{equal} of {compared} with the same size").format(
            equal=text.number(evidence.sizes_equal), compared=text.number(evidence.sizes_compared)
        )
    lines = [_("{counts}, {sizes}").format(counts=counts, sizes=sizes)]
    if len(suggestion.roots) > 1:
        lines.append(_("One rule for {n} library folders").format(n=len(suggestion.roots)))
    unmapped = found.unmapped
    if unmapped:
        lines.append(
            ngettext("Would map {n} unmapped file", "Would map {n} unmapped files", unmapped).format(
                n=text.number(unmapped)
            )
        )
    replaces = found.replaces
    if replaces is not None:
        lines.append(_("Replaces the rule that maps to {path}").format(path=replaces.local_path))
    return lines
