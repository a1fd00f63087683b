"""From a recorded session to what is shown of it."""
