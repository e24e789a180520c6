"""The pages where a customer pays, and where providers tell of payments."""
