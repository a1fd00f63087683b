"""Conditions that hold now become at most one alert."""
