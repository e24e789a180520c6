"""The operator's pages that tell a story across apps."""
