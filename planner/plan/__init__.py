"""Plans: whole decisions and every table that follows from them (layer 5)."""

from planner.plan.contract import TABLES
from planner.plan.tables import Outlook, Plan, build_plan

__all__ = ["TABLES", "Outlook", "Plan", "build_plan"]
