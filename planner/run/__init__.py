"""From a scenario to an audited plan folder, and back from what people did to it."""
