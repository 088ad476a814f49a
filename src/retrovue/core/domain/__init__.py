"""What RetroVue talks about: frozen dataclasses, enums and pure functions, standard library only."""
