"""Trusting one certificate for one server: its fingerprint is shown first, beside the one that was trusted before."""

from urllib.parse import urlsplit

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from retrovue.core.domain.servers import Certificate, readable_fingerprint
from retrovue.core.i18n import _
from retrovue.gui import text
from retrovue.gui.dialogs.base import BaseDialog
from retrovue.gui.theme.style import FontRole
from retrovue.gui.widgets.buttons import Button, ButtonKind
from retrovue.gui.widgets.card import Card
from retrovue.gui.widgets.labels import label
from retrovue.gui.widgets.notices import ToneIcon

_WIDTH = 480
_LINE = 48
"""Characters of a fingerprint on a line: sixteen bytes."""


def lines_of(fingerprint: str) -> str:
    """A fingerprint on two lines, which can be compared by eye."""
    shown = readable_fingerprint(fingerprint)
    return "\n".join(shown[place : place + _LINE].rstrip(":") for place in range(0, len(shown), _LINE))


def _sentences(address: str, *, changed: bool) -> tuple[str, str]:
    """What is so, and what to consider."""
    if changed:
        return (
            _("{address} shows a different certificate than the one you trust.").format(address=address),
            _(
                "This happens when the server renews it. It also happens when someone intercepts the "
                "connection: trust the new one only if you know why it changed."
            ),
        )
    return (
        _("The certificate does not prove that {address} is your server.").format(address=address),
        _("Compare the fingerprint with the one shown on the server itself. It will be trusted for this server only."),
    )


class CertificateDialog(BaseDialog):
    """Shows what is trusted now and what the server shows. Accepted: the new one is trusted.

    Cancel has the focus, so that Enter trusts nothing.
    """

    def __init__(self, address: str, shown: Certificate, old: str | None = None, parent: QWidget | None = None) -> None:
        # The address would be broken after its scheme.
        address = urlsplit(address).netloc or address
        title = _("Trust this certificate?") if old is None else _("The certificate has changed")
        super().__init__(title, parent)
        self.setMinimumWidth(_WIDTH)
        self._add_words(title, *_sentences(address, changed=old is not None))
        card = Card()
        if old is not None:
            self._add_fingerprint(card, _("Trusted until now"), old)
        self._add_fingerprint(card, _("Shown now") if old is not None else _("SHA-256 fingerprint"), shown.fingerprint)
        facts = facts_of(shown)
        if facts:
            card.body.addWidget(label(facts, FontRole.SMALL, tone="text2", wrap=True))
        self.content.addWidget(card)
        self.cancel_button = self.add_button(Button(_("Cancel")), default=True)
        self.trust_button = self.add_button(
            Button(_("Trust this certificate"), kind=ButtonKind.SECONDARY, icon="fingerprint")
        )
        self.cancel_button.clicked.connect(self.reject)
        self.trust_button.clicked.connect(self.accept)
        self.cancel_button.setFocus(Qt.FocusReason.OtherFocusReason)

    def _add_words(self, title: str, text: str, hint: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(14)
        row.addWidget(ToneIcon("warning-fill", "warning"), 0, Qt.AlignmentFlag.AlignTop)
        words = QVBoxLayout()
        words.setSpacing(8)
        for sentence, role, tone in (
            (title, FontRole.CARD_TITLE, "text"),
            (text, FontRole.BODY, "text"),
            (hint, FontRole.BODY, "text2"),
        ):
            line = label(sentence, role, tone=tone, wrap=True)
            line.setMinimumWidth(_WIDTH - 80)
            words.addWidget(line)
        self.setAccessibleDescription(f"{text} {hint}")
        row.addLayout(words, 1)
        self.content.addLayout(row)

    def _add_fingerprint(self, card: Card, name: str, fingerprint: str) -> None:
        caption = label(name, FontRole.HEADER, tone="text2")
        digits = label(lines_of(fingerprint), FontRole.SMALL, selectable=True, fixed=True)
        digits.setAccessibleName(f"{name}: {readable_fingerprint(fingerprint)}")
        caption.setBuddy(digits)
        block = QVBoxLayout()
        block.setSpacing(4)
        block.addWidget(caption)
        block.addWidget(digits)
        card.body.addLayout(block)


def facts_of(shown: Certificate) -> str:
    """For whom it was made, by whom, and until when, as far as it can be read."""
    facts = []
    if shown.subject is not None:
        facts.append(_("issued to {name}").format(name=shown.subject))
    if shown.issuer is not None:
        signed_itself = shown.issuer == shown.subject
        facts.append(_("self-signed") if signed_itself else _("signed by {name}").format(name=shown.issuer))
    if shown.valid_until is not None:
        ends = text.short_date(shown.valid_until, year=True)
        facts.append(_("valid until {date}").format(date=ends))
    return " · ".join(facts)
