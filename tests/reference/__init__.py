"""A plain, separate re-statement of the commission rules, to compare the product with.

Nothing here imports the product. See README.md in this directory.
"""
