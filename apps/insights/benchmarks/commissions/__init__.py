"""Booking a batch of orders, next to plain SQL and to loading ready rows."""
