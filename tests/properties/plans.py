"""Strategies: plan documents of every kind, lines, chains and facts. Small on purpose, so that
rules clash, ties happen and ceilings bite."""

from hypothesis import strategies as st

from apps.commissions.engine import Agent, CompiledPlan, Extra, Facts, Line, Upline
from apps.commissions.plan_document import parse_plan

LEVELS = ["bronze", "silver", "gold"]
SKUS = ["S-1", "S-2"]
PRODUCTS = ["P-1", "P-2"]
PATHS = ["茶", "茶/普洱", "茶/普洱/熟普", "茶具"]
REGIONS = ["浙江省", "浙江省/杭州市", "浙江省/杭州市/西湖区"]


def shown(hundredths: int) -> str:
    """1234 → 12.34"""
    return f"{hundredths // 100}.{hundredths % 100:02d}"


percents = st.one_of(
    st.sampled_from([0, 1, 500, 1000, 1250, 3333, 10_000]), st.integers(0, 10_000)
).map(shown)
amounts = st.one_of(st.sampled_from([0, 1, 100]), st.integers(0, 5_000)).map(shown)
earnings = st.one_of(
    percents.map(lambda value: {"percent": value}), amounts.map(lambda value: {"amount": value})
)
scopes = st.one_of(
    st.just({}),
    st.just({}),
    st.sampled_from(SKUS).map(lambda value: {"sku": value}),
    st.sampled_from(PRODUCTS).map(lambda value: {"product": value}),
    st.sampled_from(PATHS).map(lambda value: {"category": value}),
)
levels_of_rules = st.one_of(
    st.just({}), st.sampled_from(LEVELS).map(lambda value: {"level": value})
)


@st.composite
def rules(draw, depths: int) -> list[dict]:
    """No two for the same depth, level and scope."""
    places = draw(
        st.lists(
            st.tuples(st.integers(1, depths), scopes, levels_of_rules),
            min_size=1,
            max_size=8,
            unique_by=repr,
        )
    )
    return [{"depth": depth, **scope, **level, **draw(earnings)} for depth, scope, level in places]


ceilings = st.one_of(
    st.none(),
    st.builds(
        lambda of, p: {"of": of, "percent": p}, st.sampled_from(["paid", "profit"]), percents
    ),
)
level_differences = st.builds(
    lambda rates, same: {
        "rates": [{"level": level, "percent": p} for level, p in rates.items()],
        **({"same_level": same} if same else {}),
    },
    st.dictionaries(st.sampled_from(LEVELS), percents, min_size=1),
    st.one_of(st.none(), percents),
)
regions = st.builds(
    lambda pays, agents: {
        "pays": pays,
        "agents": [
            {"region": region, "distributor": f"D{number}", **earning}
            for number, (region, earning) in enumerate(agents)
        ],
    },
    st.sampled_from(["nearest", "all"]),
    st.lists(
        st.tuples(st.sampled_from(REGIONS), earnings),
        min_size=1,
        max_size=3,
        unique_by=lambda a: a[0],
    ),
)


@st.composite
def shares_only(draw, **fixed) -> dict:
    """A document of shares by depth: any base, scope, level, compression and ceiling."""
    depths = draw(st.integers(1, 3))
    return {
        "name": "Plan",
        "depths": depths,
        "base": draw(st.sampled_from(["paid", "list", "profit"])),
        "self_purchase": draw(st.booleans()),
        "compression": draw(st.booleans()),
        "ceiling": draw(ceilings),
        "rules": draw(rules(depths)),
    } | fixed


@st.composite
def documents(draw) -> dict:
    """A document with any of the further kinds beside the shares."""
    further = {
        "level_difference": level_differences,
        "newcomer": st.builds(lambda d, p: {"days": d, "percent": p}, st.integers(1, 5), percents),
        "referral": st.builds(
            lambda n, p: {"orders": n, "percent": p}, st.integers(1, 3), percents
        ),
        "regions": regions,
        "store": earnings,
    }
    chosen = draw(st.sets(st.sampled_from(sorted(further))))
    return draw(shares_only()) | {kind: draw(further[kind]) for kind in sorted(chosen)}


def compiled(document: dict) -> CompiledPlan:
    return CompiledPlan(parse_plan(document, max_depths=3))


money = st.one_of(st.sampled_from([0, 1, 99, 100, 10_000]), st.integers(0, 10**7))
plain_lines = st.builds(
    Line,
    id=st.integers(1, 10**6),
    sku=st.sampled_from(SKUS),
    product=st.sampled_from(PRODUCTS),
    category=st.sampled_from(["", *PATHS, "茶具/紫砂"]),
    quantity=st.integers(1, 7),
    paid=money,
    list=money,
    cost=money,
    extra=st.none(),
)
extras = st.builds(Extra, campaign=st.sampled_from(["A", "B"]), rate=st.integers(1, 10_000))
# Some of them goods of a campaign.
lines = st.builds(
    lambda line, extra: line._replace(extra=extra), plain_lines, st.one_of(st.none(), extras)
)
people = st.builds(
    Upline,
    id=st.just(0),
    level=st.sampled_from([None, *LEVELS]),
    is_active=st.sampled_from([True, True, True, False]),
)
# Nobody stands twice in a chain.
chains = st.lists(people, max_size=6).map(
    lambda chain: [person._replace(id=number) for number, person in enumerate(chain, start=1)]
)
others = st.builds(
    Upline,
    id=st.integers(1, 9),
    level=st.sampled_from([None, *LEVELS]),
    is_active=st.booleans(),
)


@st.composite
def facts_for(draw, document: dict) -> Facts:
    """What such an order may come with: agents are those of the plan, widest region first."""
    agents = [
        Agent(number, agent["region"], draw(others))
        for number, agent in enumerate((document.get("regions") or {"agents": []})["agents"])
        if draw(st.booleans())
    ]
    recruiter = draw(st.one_of(st.none(), others))
    return Facts(
        seller_days=draw(st.one_of(st.none(), st.integers(0, 6))),
        recruiter=recruiter,
        purchase=draw(st.integers(1, 4)) if recruiter else None,
        agents=tuple(sorted(agents, key=lambda agent: agent.region.count("/"))),
        store=draw(st.one_of(st.none(), others)),
    )


@st.composite
def orders(draw) -> tuple[dict, list[Line], list[Upline], Facts]:
    """A document, and an order it computes: lines with ids of their own, chain and facts."""
    document = draw(documents())
    found = draw(st.lists(lines, min_size=1, max_size=4, unique_by=lambda line: line.id))
    return document, found, draw(chains), draw(facts_for(document))
