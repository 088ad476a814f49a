"""The Servers page, the wizard that adds one, and signing in again.

Each way to sign in is a panel (`methods.py`, `plex_account.py`, `quick_connect.py`) with one button that the wizard
and the sign-in dialog lend it; what comes out is a `Proof`, still to be tested. The wizard asks who answers at an
address before anyone signs in, so that a password never meets an unknown certificate or another product. `doors.py`
has the two ways out, browser and network, which tests and pictures replace.
"""
