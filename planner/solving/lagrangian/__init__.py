"""Lagrangian decomposition: blocks of schools, multipliers of the rows that they share."""
