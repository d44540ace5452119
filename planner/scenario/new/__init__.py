"""First scenarios: a starter, an office's own tables, invented data of any size."""
