"""The set-wise review against a plain reading of the rules, one person at a time."""

from datetime import date, datetime, timedelta
from decimal import Decimal

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from apps.commissions.services.level_reviews import review_levels
from apps.distributors.models import Distributor, LevelChange, LevelGrace
from apps.distributors.services.levels import ConditionTerms, LevelTerms, save_level
from apps.distributors.services.standing import change_level
from apps.orders.models import OrderLine, Refund
from apps.promotion.models import Attribution
from tests.factories import DistributorFactory, LevelFactory
from tests.insights.rows import give_back, sell

PERIODS = ["month", "quarter", "lifetime", "days"]

conditions = st.builds(
    lambda kind, period, figure: {
        "kind": kind,
        "period": period,
        "days": 20 if period == "days" else None,
        **({"count": figure} if kind == "orders" else {"amount": Decimal(figure * 50)}),
    },
    st.sampled_from(["own_sales", "team_sales", "orders"]),
    st.sampled_from(PERIODS),
    st.integers(1, 4),
)
levels = st.lists(
    st.tuples(
        st.lists(conditions, max_size=2, unique_by=lambda each: (each["kind"], each["period"])),
        st.sampled_from(["all", "any"]),
        st.sampled_from([0, 5, None]),
    ),
    min_size=2,
    max_size=3,
)
# For each person: under whom, and which level they have.
people = st.lists(st.tuples(st.integers(-1, 5), st.integers(0, 3)), min_size=1, max_size=6)
# Who sold for how much, how many days before the review, how much of it came back and when.
sales = st.lists(
    st.tuples(
        st.integers(0, 5),
        st.sampled_from([50, 100, 150]),
        st.integers(0, 120),
        st.sampled_from([0, 0, 1, 50]),
        st.integers(0, 60),
    ),
    max_size=10,
)


@settings(
    max_examples=60,
    deadline=None,
    derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)
@given(levels=levels, people=people, sales=sales)
def test_the_review_does_what_reading_the_rules_person_by_person_says(
    transaction_each, levels, people, sales
):
    with transaction_each() as merchant:
        ladder = _levels(merchant, levels)
        team = _people(merchant, people, ladder)
        _sales(merchant, team, sales)
        expected = {
            each.pk: _naive(merchant, each, ladder, levels)
            for each in Distributor.objects.select_related("level")
        }

        before = dict(Distributor.objects.values_list("pk", "level__rank"))
        moment = datetime(2026, 4, 2, 12, tzinfo=merchant.zone)
        list(review_levels(merchant=merchant, as_of=moment, effective_at=moment))

        graces = set(LevelGrace.objects.values_list("distributor", flat=True))
        found = {
            pk: (level, pk in graces)
            for pk, level in Distributor.objects.values_list("pk", "level__rank")
        }
        assert found == expected
        changed = {pk for pk, (rank, _grace) in expected.items() if rank != before[pk]}
        told = LevelChange.objects.exclude(cause="hand").values_list("distributor", flat=True)
        assert sorted(told) == sorted(changed)


def _levels(merchant, levels):
    made = []
    for rank, (asked, combine, grace) in enumerate(levels, start=1):
        level = LevelFactory(rank=rank)
        save_level(
            merchant=merchant, code=level.code, name=level.name, rank=rank, level=level,
            terms=LevelTerms(combine=combine, grace_days=grace),
            conditions=[ConditionTerms(**each) for each in asked],
        )  # fmt: skip
        made.append(level)
    return made


def _people(merchant, people, ladder):
    joined = datetime(2025, 1, 1, tzinfo=merchant.zone)
    made = []
    for parent, level in people:
        above = made[parent % len(made)] if made and parent >= 0 else None
        person = DistributorFactory(parent=above, joined_at=joined)
        if 0 < level <= len(ladder):
            change_level(
                distributor=person, level=ladder[level - 1], actor=None, effective_at=joined
            )
        made.append(person)
    return made


def _sales(merchant, team, sales):
    morning = datetime(2026, 4, 2, tzinfo=merchant.zone)
    for seller, amount, before, back, later in sales:
        at = morning - timedelta(days=before)
        order = sell(team[seller % len(team)], str(amount), at=at)
        if back:
            returned = at + timedelta(days=later)
            give_back(order, str(min(back, amount)), at=returned)


def _naive(merchant, person, ladder, levels):
    """(rank of the level afterwards, whether a grace runs), read off the rows."""
    met = [_is_met(merchant, person, asked, combine) for asked, combine, _grace in levels]
    rank = person.level.rank if person.level else 0
    for higher in range(len(levels), rank, -1):
        if met[higher - 1]:
            return higher, False
    if not rank:
        return None, False
    asked, _combine, grace = levels[rank - 1]
    if met[rank - 1] or not asked or grace is None:
        return rank, False
    if grace:
        return rank, True
    for lower in range(rank - 1, 0, -1):
        if met[lower - 1]:
            return lower, False
    return (1, False) if rank > 1 and not levels[0][0] else (None, False)


def _is_met(merchant, person, asked, combine):
    met = [
        any(
            _figure(merchant, person, each["kind"], first, last)
            >= each.get("count", each.get("amount"))
            for first, last in _periods(each)
        )
        for each in asked
    ]
    return bool(met) and (all(met) if combine == "all" else any(met))


def _periods(condition):
    """First and last day of what may satisfy the condition on the second of April."""
    return {
        "lifetime": [(date(2000, 1, 1), date(2026, 4, 1))],
        "days": [(date(2026, 3, 13), date(2026, 4, 1))],
        "month": [(date(2026, 4, 1), date(2026, 4, 1)), (date(2026, 3, 1), date(2026, 3, 31))],
        "quarter": [(date(2026, 4, 1), date(2026, 4, 1)), (date(2026, 1, 1), date(2026, 3, 31))],
    }[condition["period"]]


def _figure(merchant, person, kind, first, last):
    def counts(moment):
        return first <= moment.astimezone(merchant.zone).date() <= last

    if kind == "orders":
        return sum(
            counts(each.order.paid_at)
            for each in Attribution.objects.filter(distributor=person).select_related("order")
        )
    sellers = {person.pk}
    if kind == "team_sales":
        sellers |= _below(person.pk)
    total = Decimal(0)
    for line in OrderLine.objects.filter(order__attributions__distributor__in=sellers):
        total += line.paid_amount * counts(line.order.paid_at)
        for refund in Refund.objects.filter(order_line=line):
            total -= refund.amount * counts(refund.refunded_at)
    return total


def _below(pk):
    children = set(Distributor.objects.filter(parent=pk).values_list("pk", flat=True))
    return children.union(*map(_below, children))
