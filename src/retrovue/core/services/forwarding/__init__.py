"""Notices sent elsewhere, by Apprise: `targets.py` where to, `forwarder.py` what and when, `sending.py` how.

Addresses have passwords in them: they live in the keyring and appear in no list, no log and no message.
"""
