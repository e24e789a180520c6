"""What the console asks before a step is taken."""
