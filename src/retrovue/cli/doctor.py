"""`retrovue doctor`."""

import typer

from retrovue.cli.failures import DONE, DONE_WITH_FAILURES, STORAGE
from retrovue.cli.session import session_of
from retrovue.core.i18n import _
from retrovue.core.services.upkeep.diagnostics import Finding, Health, diagnose

_STORAGE_CHECKS = ("data_dir", "disk", "catalog")


def doctor(ctx: typer.Context) -> int:
    """Check everything and say what to do."""
    session = session_of(ctx)
    findings: list[Finding] = []
    marks = {Health.OK: _("ok"), Health.WARNING: _("warning"), Health.FAILED: _("FAILED")}
    for finding in diagnose(session.context, session.token):
        findings.append(finding)
        subject = f"{finding.subject}: " if finding.subject else ""
        session.out.line(f"{marks[finding.health]:7} {subject}{finding.text}")
        if finding.remedy and finding.health is not Health.OK:
            session.out.line(f"{'':7} → {finding.remedy}")
    failed = [finding for finding in findings if finding.health is Health.FAILED]
    if session.out.as_json:
        session.out.json({"ok": not failed, "findings": [_json(finding) for finding in findings]})
    if any(finding.check in _STORAGE_CHECKS for finding in failed):
        return STORAGE
    return DONE_WITH_FAILURES if failed else DONE


def _json(finding: Finding) -> dict[str, object]:
    return {
        "check": finding.check,
        "state": finding.health.value,
        "subject": finding.subject,
        "text": finding.text,
        "remedy": finding.remedy or None,
    }
