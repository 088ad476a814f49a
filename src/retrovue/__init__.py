"""RetroVue: one local catalog of every media server, with paths that open on this computer."""

__version__ = "0.1.0"
