"""Figures: one file each; see :mod:`planner.present.figures.canvas` for what they share."""
