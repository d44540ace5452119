"""The process and its surroundings: disk, workers, interrupts, phases."""
