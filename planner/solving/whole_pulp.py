"""PuLP, imported whole: the only place that imports it.

PuLP catches everything around its imports of engines, Ctrl-C included: pressed in that moment,
HiGHS would count as not installed for as long as the process lives. So Ctrl-C is kept back.
"""

from planner.interrupts import kept_back

with kept_back():
    import highspy  # noqa: F401 (first, so that a failure is told and not caught)
    import pulp
    from pulp import LpAffineExpression, LpConstraint

__all__ = ["LpAffineExpression", "LpConstraint", "pulp"]
