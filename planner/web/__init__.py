"""The planner in a browser: ``planner open``."""
