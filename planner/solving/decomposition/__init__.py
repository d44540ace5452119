"""The parts of the by-school method: blocks, their pricing, prices, and whole-unit plans."""
