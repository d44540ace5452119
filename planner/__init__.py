"""planner: multi-year IT-infrastructure budgets of public schools, optimised and audited."""
