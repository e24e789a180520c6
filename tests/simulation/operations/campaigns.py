"""Goods at other prices for a time, with something more for whoever sells them."""

from datetime import timedelta
from fractions import Fraction

from apps.core.money import to_major
from apps.products.models import Campaign
from apps.products.services.campaigns import save_campaign, stop_campaign
from tests.simulation.facts import CampaignFact
from tests.simulation.life import Attempt, Life
from tests.simulation.operations.register import operation


@operation(2)
def announce(life: Life) -> Attempt:
    """A campaign that starts soon, and may overlap others; now and then it is too late for one."""
    code = life.number("C")
    skus = life.rng.sample(life.house.skus, life.rng.choice((1, 2, 3)))
    starts_at = life.now + timedelta(seconds=life.rng.randint(-3600, 2 * 86400))
    ends_at = starts_at + timedelta(seconds=life.rng.randint(3600, 20 * 86400))
    extra = Fraction(life.rng.randint(1, 2000), 100)
    prices = {sku: life.facts.skus[sku.code].price * life.rng.randint(1, 9) // 10 for sku in skus}

    def note(campaign: Campaign) -> None:
        fact = CampaignFact([sku.code for sku in skus], extra, starts_at, ends_at)
        fact.prices = {sku.code: price for sku, price in prices.items()}
        life.facts.campaigns.append(fact)
        life.campaigns.append((campaign, fact))

    return Attempt(
        lambda: save_campaign(
            merchant=life.merchant,
            code=code,
            name=code,
            starts_at=starts_at,
            ends_at=ends_at,
            announced_at=starts_at - timedelta(days=1),
            extra_commission=to_major(int(extra * 100)),
            prices={sku: to_major(price) for sku, price in prices.items()},
        ),
        note,
        may=lambda: starts_at > life.now,
        once=False,
    )


@operation(1)
def stop(life: Life) -> Attempt | None:
    """One ends early, whether it has begun or not."""
    found = life.pick(life.campaigns)
    if found is None:
        return None
    campaign, fact = found

    def note(_campaign: Campaign) -> None:
        fact.ends_at = life.now

    return Attempt(
        lambda: stop_campaign(campaign=campaign), note, may=lambda: life.now < fact.ends_at
    )
