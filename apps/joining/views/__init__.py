"""The public pages of joining. They work without a script."""
