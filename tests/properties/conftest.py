"""How many examples: HYPOTHESIS_PROFILE=thorough for 20 000 of each (`make properties`)."""

import os

from hypothesis import HealthCheck, Phase, settings

settings.register_profile(
    "thorough", max_examples=20_000, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
# Known examples in the same order every time: a green run stays green.
settings.register_profile("quick", max_examples=100, deadline=None, derandomize=True)
# For scripts/mutants.py: the first failing example is enough.
settings.register_profile(
    "mutants",
    settings.get_profile("quick"),
    max_examples=60,
    database=None,
    phases=[Phase.explicit, Phase.generate],
)
settings.load_profile(os.environ.get("HYPOTHESIS_PROFILE", "quick"))
