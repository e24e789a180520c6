"""A distributor's shop: look, choose, order, follow the order. Works without a script."""
