"""What surrounds the packaged program: icons in each system's format, the Linux archive, the list of bundled parts."""
