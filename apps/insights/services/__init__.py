"""Demo data: the only thing this app writes."""
