"""Everything that changes plans and commissions. Each stage pulls what the one before it left."""
