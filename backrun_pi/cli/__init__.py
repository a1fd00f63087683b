"""One file per command, imported only when asked for."""
