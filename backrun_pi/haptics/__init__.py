"""One alert becomes pulses of one motor."""
