"""The distributor's own pages: what I sold, what I earned and why, and how I am paid."""
