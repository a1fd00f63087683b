"""Samples become what the runner does: direction, gait, cadence, place."""
