"""What insights writes: the demo, and the stop that a fault in the books causes."""
