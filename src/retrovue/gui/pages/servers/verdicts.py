"""A test's verdict as the window shows it: six steps on a line, one sentence, one remedy."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from retrovue.core.domain.servers import Certificate, ServerKind
from retrovue.core.i18n import _, ngettext
from retrovue.core.services.servers import probe
from retrovue.gui import text
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.verdict import StepLook, VerdictStep, VerdictView

_STATES = {
    probe.StepState.OK: StepLook.PASSED,
    probe.StepState.FAILED: StepLook.FAILED,
    probe.StepState.NOT_TRIED: StepLook.UNTRIED,
    probe.StepState.NOT_NEEDED: StepLook.PASSED,
}


def steps_of(verdict: probe.Verdict) -> tuple[VerdictStep, ...]:
    """The steps with what was found at each."""
    steps = []
    for step in verdict.steps:
        # What failed is the sentence in the head; below its dot it would be cut to two words.
        note = step.text if step.state is not probe.StepState.FAILED else ""
        if step.state is probe.StepState.NOT_TRIED:
            note = _("not tested")
        elif step.state is probe.StepState.NOT_NEEDED and not note:
            note = _("not needed")
        elif step.state is probe.StepState.OK and step.duration_ms is not None and not note:
            note = _("{n} ms").format(n=step.duration_ms)
        steps.append(VerdictStep(step.layer.label, note, _STATES[step.state]))
    return tuple(steps)


def running_steps() -> tuple[VerdictStep, ...]:
    """Every step before anything is known."""
    first, *rest = (layer.label for layer in probe.Layer)
    running = VerdictStep(first, _("checking"), StepLook.RUNNING)
    return (running, *(VerdictStep(title, "", StepLook.UNTRIED) for title in rest))


def show_running(widget: VerdictView, address: str) -> None:
    """The test is on its way."""
    widget.show_verdict("info", _("Testing {address}").format(address=address), running_steps())
    widget.set_actions([])


@dataclass(frozen=True)
class Remedies:
    """What may be done about a verdict; None: not here.

    Attributes:
        again: test once more.
        trust: look at the certificate that was shown, and trust it.
        take_as: go on with the kind of server that really answers.
        other: choose another server.
    """

    again: Callable[[], None] | None = None
    trust: Callable[[Certificate], None] | None = None
    take_as: Callable[[ServerKind], None] | None = None
    other: Callable[[], None] | None = None


def show_verdict(
    widget: VerdictView, verdict: probe.Verdict, at: datetime | None = None, remedies: Remedies | None = None
) -> None:
    """Show how the test ended, with the buttons that mend it; `at` says when, where it may be long ago."""
    remark = ""
    if at is not None:
        remark = _("Tested {time} · {took}").format(
            time=at.astimezone().strftime("%H:%M"), took=text.seconds(verdict.duration_ms / 1000)
        )
    error = verdict.error
    if error is None:
        info = verdict.info
        name = info.name if info is not None else ""
        n = len(verdict.libraries)
        title = ngettext("Connected to {name}: {n} library", "Connected to {name}: {n} libraries", n).format(
            name=name, n=n
        )
        widget.show_verdict("success", title, steps_of(verdict), remark=remark)
        widget.set_actions([])
        return
    widget.show_verdict("danger", error.text, steps_of(verdict), text=error.hint, remark=remark)
    certificate = verdict.certificate
    code = f"SHA-256 {certificate.readable}" if certificate is not None else ""
    widget.set_actions(_buttons(verdict, remedies or Remedies()), code=code)


def _buttons(verdict: probe.Verdict, remedies: Remedies) -> list[Button]:
    found, certificate = verdict.recognised, verdict.certificate
    made: list[tuple[str, str | None, Callable[[], None]]] = []
    if found is not None and remedies.take_as is not None:
        take_as = remedies.take_as
        made.append((_("Add as {kind} server").format(kind=found.label), None, lambda: take_as(found)))
    if certificate is not None and remedies.trust is not None:
        trust = remedies.trust
        made.append((_("Trust this certificate…"), "fingerprint", lambda: trust(certificate)))
    if remedies.again is not None and found is None and certificate is None:
        made.append((_("Test again"), "arrows-clockwise", remedies.again))
    if remedies.other is not None:
        made.append((_("Choose another server"), None, remedies.other))
    buttons = []
    for words, icon, act in made:
        button = Button(words, kind=ButtonKind.SECONDARY, icon=icon)
        # Deleting the button in its own click is put off: what it does may show the next verdict at once.
        button.clicked.connect(lambda _checked=False, act=act: act())
        buttons.append(button)
    return buttons
