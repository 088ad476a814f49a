"""Measurements: each prints ratios against a floor that ran in the same process conditions, never bare times."""
