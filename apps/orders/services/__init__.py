"""Every change of an order: intake, progress, refunds."""
