"""The clean-up list: what can go, why, and how sure that is. RetroVue itself deletes no media file.

`lists` reads the facts once and applies rules to them; `words` has the reasons; `kept` what a person keeps (rules,
exclusions) and what changed since the last list; `going` which files of a list free space on which disk, and which
do not, and why; `export` and `scripts` write it down.
"""
