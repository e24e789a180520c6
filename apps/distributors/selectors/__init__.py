"""Reports over distributors."""
