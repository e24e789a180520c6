"""Every change of a payment's state."""
