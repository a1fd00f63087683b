"""The wiring: the same code live, on the twin and in replay."""
