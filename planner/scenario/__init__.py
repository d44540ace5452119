"""Scenarios: read, merged, checked, frozen (layer 1)."""
