"""A distributor's shop: what customers see and how they order."""
