"""The vocabulary of RetroVue: frozen dataclasses, enums and pure functions, standard library only."""
