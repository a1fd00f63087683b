"""Which mapped way the runner is on."""
