"""A merchant's life played from a seed: every operation, in any order, with everything going wrong.

One process, its own clock. Messages are lost, doubled, late and out of order; operations die at any
SQL statement; after every step every invariant is checked. See `play.py` for how, `operations/` for
what can happen.
"""
