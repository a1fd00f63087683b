"""From a recorded session to what is said about it."""
