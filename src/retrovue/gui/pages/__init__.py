"""The pages of the window, one package or module each; `services.py` is what every page is given."""
