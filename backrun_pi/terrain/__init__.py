"""The map and the runner's course become oncoming hazards and verdicts."""
