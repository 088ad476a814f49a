"""Output of added servers and connection tests, as tables and as JSON."""

from retrovue.cli.servers_list import limits_json
from retrovue.cli.session import Session
from retrovue.core.domain.servers import Server
from retrovue.core.i18n import _
from retrovue.core.services.servers.probe import StepState, Verdict
from retrovue.core.services.servers.rights import Limit, limits


def added_json(server: Server) -> dict[str, object]:
    """Return an added server as JSON. Scripts rely on this shape."""
    return {
        "id": server.id,
        "name": server.name,
        "kind": server.kind.value,
        "machine_identifier": server.machine_identifier,
        "version": server.version,
    }


def show_verdict(session: Session, server: Server, verdict: Verdict) -> None:
    """Print a test step by step, with the features that the account does not have."""
    labels = {
        StepState.OK: _("ok"),
        StepState.FAILED: _("failed"),
        StepState.NOT_TRIED: _("not tested"),
        StepState.NOT_NEEDED: _("not needed"),
    }
    session.out.line(f"{server.name} ({server.url})")
    rows = []
    for step in verdict.steps:
        took = None if step.duration_ms is None else f"{step.duration_ms} ms"
        text = "" if step.state is StepState.FAILED else step.text
        rows.append(["  " + step.layer.label, labels[step.state], took, text])
    session.out.table(["  " + _("Step"), _("Result"), _("Time"), ""], rows, right=(2,))
    if verdict.url != server.url:
        session.out.note(_("The address redirects to {url}. RetroVue now uses that address.").format(url=verdict.url))
    if verdict.error is not None:
        session.out.problem(f"{server.name}: {verdict.error.text}", verdict.error.command_hint)
        return
    for limit in limits(server):
        session.out.line("  " + _limit_line(limit))


def _limit_line(limit: Limit) -> str:
    return _("Not available: {feature}. {reason}").format(feature=limit.feature.label, reason=limit.reason)


def verdict_json(server: Server, verdict: Verdict) -> dict[str, object]:
    """Return a test as JSON. Scripts rely on this shape."""
    certificate = verdict.certificate
    return {
        "id": server.id,
        "server": server.name,
        "ok": verdict.ok,
        "version": verdict.info.version if verdict.info is not None else None,
        "libraries": len(verdict.libraries) if verdict.ok else None,
        "error": verdict.error.text if verdict.error is not None else None,
        "hint": verdict.error.command_hint if verdict.error is not None else None,
        "recognised": verdict.recognised.value if verdict.recognised is not None else None,
        "tls_fingerprint": certificate.fingerprint if certificate is not None else None,
        "limits": limits_json(server),
        "duration_ms": verdict.duration_ms,
        "steps": [
            {"step": step.layer.value, "state": step.state.value, "duration_ms": step.duration_ms, "text": step.text}
            for step in verdict.steps
        ],
    }
