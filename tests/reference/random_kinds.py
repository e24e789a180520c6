"""The further kinds for random merchants: parts of a plan, and what they need of people and orders.

Draws from a generator of its own, so that the merchants without them stay what they were.
"""

import random
from collections.abc import Sequence
from datetime import datetime, timedelta

from tests.reference.restatement import show_money

REGIONS = [
    "浙江省",
    "浙江省/杭州市",
    "浙江省/杭州市/西湖区",
    "浙江省/宁波市",
    "云南省",
    "云南省/昆明市/五华区",
]
ADDRESSES = [
    "浙江省/杭州市/西湖区",
    "浙江省/杭州市/上城区",
    "浙江省/宁波市/海曙区",
    "浙江省/杭州市",
    "云南省/昆明市/五华区",
    "云南省 / 大理州",
    "海南省/海口市/美兰区",
    "",
]


def further_kinds(rng: random.Random, people: Sequence[str], levels: Sequence[str]) -> dict:
    """Some of the further kinds, as they stand in a plan document."""
    document: dict = {}
    if rng.random() < 0.5:
        document["level_difference"] = level_difference(rng, levels)
    if rng.random() < 0.5:
        document["newcomer"] = {"days": rng.choice((1, 7, 30, 60)), "percent": some_percent(rng)}
    if rng.random() < 0.5:
        document["referral"] = {"orders": rng.choice((1, 1, 2, 3)), "percent": some_percent(rng)}
    if rng.random() < 0.5:
        document["regions"] = regions(rng, people)
    if rng.random() < 0.5:
        document["store"] = some_earning(rng, 300)
    if rng.random() < 0.6:
        document["stage_bonuses"] = [stage_bonus(rng) for _ in range(rng.choice((1, 1, 2, 3)))]
    return document


def some_percent(rng: random.Random) -> str:
    return show_money(rng.choice((0, 100, 250, rng.randint(1, 500), rng.randint(1, 2500))))


def some_earning(rng: random.Random, most: int) -> dict:
    """A percentage, or an amount of up to `most` fen."""
    if rng.random() < 0.7:
        return {"percent": some_percent(rng)}
    return {"amount": show_money(rng.choice((0, rng.randint(1, most))))}


def level_difference(rng: random.Random, levels: Sequence[str]) -> dict:
    named = rng.sample(levels, rng.randint(1, len(levels)))
    percents = [show_money(rng.choice((0, 500, 1000, 1500, rng.randint(1, 3000)))) for _ in named]
    document: dict = {
        "rates": [
            {"level": level, "percent": percent}
            for level, percent in zip(named, percents, strict=True)
        ]
    }
    if rng.random() < 0.6:
        document["same_level"] = some_percent(rng)
    return document


def regions(rng: random.Random, people: Sequence[str]) -> dict:
    document: dict = {
        "agents": [
            {"region": region, "distributor": rng.choice(people), **some_earning(rng, 200)}
            for region in rng.sample(REGIONS, rng.randint(1, len(REGIONS)))
        ]
    }
    if rng.random() < 0.8:
        document["pays"] = rng.choice(("nearest", "all"))
    return document


def stage_bonus(rng: random.Random) -> dict:
    """Steps from what one line may reach up to what a team may sell."""
    reaches = {rng.choice((0, rng.randint(1, 5_000), rng.randint(1, 200_000))) for _ in range(3)}
    bonus: dict = {
        "of": rng.choice(("own", "team")),
        "steps": [
            {"reach": show_money(each), **some_earning(rng, 5000)} for each in sorted(reaches)
        ],
    }
    if rng.random() < 0.8:
        bonus["period"] = rng.choice(("month", "month", "quarter", "year"))
    if rng.random() < 0.5:
        bonus["pool"] = show_money(rng.choice((0, rng.randint(1, 500), rng.randint(1, 20_000))))
    return bonus


def add_further_kinds(
    rng: random.Random,
    people: list[dict],
    orders: list[dict],
    plans: list[tuple[str, dict]],
    levels: Sequence[str],
    first: datetime,
) -> dict[str, str]:
    """Further kinds into most plans; newcomers, buyers who are distributors, regions and stores.

    Returns who keeps which store.
    """
    codes = sorted(person["code"] for person in people)
    for _, document in plans:
        if rng.random() < 0.85:
            document |= further_kinds(rng, codes, levels)
    for person in sorted(people, key=lambda each: each["code"]):
        if rng.random() < 0.4:
            person["joined_at"] = some_joining(rng, first)
    keepers = {f"M{number}": rng.choice(codes) for number in range(1, rng.randint(1, 4))}
    about: dict[str, dict] = {}
    for row in orders:
        if row["order_no"] not in about:
            about[row["order_no"]] = about_an_order(rng, row, people, keepers)
        # Later lines of an order may leave what belongs to it empty.
        row |= about[row["order_no"]] if row["status"] else {"store": ""}
    return keepers


def some_joining(rng: random.Random, first: datetime) -> str:
    """A day about the beginning, or a moment of it."""
    moment = first + timedelta(days=rng.randint(-40, 40))
    if rng.random() < 0.5:
        return moment.date().isoformat()
    return (moment + timedelta(seconds=rng.randrange(86400))).isoformat()


def about_an_order(
    rng: random.Random, row: dict, people: list[dict], keepers: dict[str, str]
) -> dict:
    changes = {"region": rng.choice(ADDRESSES), "store": ""}
    if keepers and rng.random() < 0.5:
        changes["store"] = rng.choice(sorted(keepers))
    if rng.random() < 0.5:
        buyer = rng.choice(people[: 1 + len(people) // 3])
        changes["customer"] = rng.choice((buyer["phone"], buyer["code"]))
    return changes
