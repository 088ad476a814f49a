"""How the window looks: colors, fonts, sizes and icons of both themes.

Colors come from `tokens.py` by name, and icons from `resources/icons` are tinted when they are painted, so both
follow a change of theme.
"""
