"""A test's verdict as the window shows it: six steps on a line, one sentence, one remedy."""

from datetime import datetime

from retrovue.core.domain.errors import TlsError
from retrovue.core.i18n import _, ngettext
from retrovue.core.services import probe
from retrovue.gui import text
from retrovue.gui.widgets.verdict import Step, StepState, Verdict

_STATES = {
    probe.StepState.OK: StepState.PASSED,
    probe.StepState.FAILED: StepState.FAILED,
    probe.StepState.NOT_TRIED: StepState.UNTRIED,
    probe.StepState.NOT_NEEDED: StepState.PASSED,
}


def steps_of(verdict: probe.Verdict) -> tuple[Step, ...]:
    """The steps with what was found at each."""
    steps = []
    for step in verdict.steps:
        note = step.text
        if step.state is probe.StepState.NOT_TRIED:
            note = _("not tried")
        elif step.state is probe.StepState.NOT_NEEDED and not note:
            note = _("not needed")
        elif step.duration_ms is not None and not note:
            note = _("{n} ms").format(n=step.duration_ms)
        steps.append(Step(step.layer.label, note, _STATES[step.state]))
    return tuple(steps)


def running_steps() -> tuple[Step, ...]:
    """Every step before anything is known."""
    first, *rest = (layer.label for layer in probe.Layer)
    running = Step(first, _("asking"), StepState.RUNNING)
    return (running, *(Step(title, "", StepState.UNTRIED) for title in rest))


def show_running(widget: Verdict, address: str) -> None:
    """The test is on its way."""
    widget.show_verdict("info", _("Testing {address}").format(address=address), running_steps())
    widget.set_actions([])


def show_verdict(widget: Verdict, verdict: probe.Verdict, at: datetime) -> None:
    """Show how the test ended."""
    remark = _("Tested {time} · {took}").format(
        time=at.astimezone().strftime("%H:%M"), took=text.seconds(verdict.duration_ms / 1000)
    )
    error = verdict.error
    if error is None:
        info = verdict.info
        name = info.name if info is not None else ""
        n = len(verdict.libraries)
        title = ngettext("{name} answers: {n} library", "{name} answers: {n} libraries", n).format(name=name, n=n)
        widget.show_verdict("success", title, steps_of(verdict), remark=remark)
        widget.set_actions([])
        return
    widget.show_verdict("danger", error.text, steps_of(verdict), text=error.hint, remark=remark)
    code = ""
    if isinstance(error, TlsError) and error.fingerprint:
        code = f"SHA-256 {error.fingerprint}"
    widget.set_actions([], code=code)
