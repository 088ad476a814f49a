"""Alerts: their record, their way to the desktop, and pausing them.

Events of a poll go through the rules of core; `delivery.py` records what comes out and shows it unless alerts are
silent.
"""
