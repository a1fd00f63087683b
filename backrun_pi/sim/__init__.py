"""The twin: a board of registers, bytes and a moving runner, below the boundary."""
