"""Every change to the people who sell."""
