"""The verbs as functions: what ``import planner`` offers to notebooks and scripts.

Thin on purpose: each function names the module that does the work. Money is in whole minor
units of the scenario's currency (đồng for VND), shares are 0–1, ``people`` are equipped
pupil-years.

``plans``    one plan: load, check, solve, audit, write, read, report.
``futures``  several: session, solve_many, compare, frontier, explain.
"""
