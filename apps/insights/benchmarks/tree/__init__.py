"""What the tree costs: joining, importing, moving, checking, ranking."""
