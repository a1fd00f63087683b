"""IMU chips: bytes of the bus become timed samples in SI units."""
