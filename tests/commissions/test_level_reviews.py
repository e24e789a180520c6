"""The nightly review of levels: figures, month boundaries, grace, pins, and being repeated."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django_scopes import scope

from apps.commissions.models import Release
from apps.commissions.services import level_reviews
from apps.commissions.services.level_reviews import review_levels
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.distributors.models import (
    Distributor,
    DistributorEvent,
    LevelChange,
    LevelGrace,
    LevelReview,
)
from apps.distributors.services.levels import ConditionTerms, LevelTerms, save_level
from apps.distributors.services.standing import change_level, suspend_distributor
from apps.orders.services.level_goods import Goods, save_level_with_goods
from apps.promotion.models import Attribution
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    SkuFactory,
)
from tests.insights.rows import earn, give_back, moment, sell, take_back

JOINED = datetime(2025, 1, 1, tzinfo=UTC)


def noon(day: str) -> datetime:
    return moment(f"{day}T12:00:00+08:00")


def ask(level, *conditions, **terms):
    """What the level asks for."""
    return save_level(
        merchant=level.merchant,
        code=level.code,
        name=level.name,
        rank=level.rank,
        level=level,
        terms=LevelTerms(**terms),
        conditions=[ConditionTerms(**each) for each in conditions],
    )


def at_least(amount: str, kind: str = "own_sales", period: str = "lifetime", **more):
    if kind == "orders":
        return {"kind": kind, "period": period, "count": int(amount), **more}
    return {"kind": kind, "period": period, "amount": Decimal(amount), **more}


def review(merchant, day: str) -> dict[str, int]:
    """The review of a day, at noon; how many it raised and lowered."""
    total = {"raised": 0, "lowered": 0}
    for counts in review_levels(merchant=merchant, as_of=noon(day), effective_at=noon(day)):
        for name, number in counts.items():
            total[name] += number
    return total


def level_of(person) -> str:
    found = Distributor.objects.select_related("level").get(pk=person.pk).level
    return found.code if found else ""


@pytest.fixture
def silver(merchant):
    return LevelFactory(code="silver", rank=1)


@pytest.fixture
def gold(merchant, silver):
    return LevelFactory(code="gold", rank=2)


@pytest.fixture
def person(merchant):
    return DistributorFactory(code="A", joined_at=JOINED)


def test_a_figure_that_is_reached_to_the_cent_raises(merchant, person, gold):
    ask(gold, at_least("300.00"))
    sell(person, "100.00", "199.99", at=noon("2026-03-01"))
    assert review(merchant, "2026-03-02") == {"raised": 0, "lowered": 0}
    sell(person, "0.01", at=noon("2026-03-02"))
    assert review(merchant, "2026-03-03") == {"raised": 1, "lowered": 0}
    assert level_of(person) == "gold"
    change = LevelChange.objects.get()
    assert (change.old_level, change.new_level, change.cause) == (None, gold, "raised")
    assert change.event.effective_at == noon("2026-03-03")
    assert change.explanation == {
        "day": "2026-03-03",
        "level": "gold",
        "combine": "all",
        "grace_days": None,
        "conditions": [
            {
                "kind": "own_sales", "period": "lifetime", "days": None, "from": None,
                "to": "2026-03-02", "needed": "300.00", "reached": "300.00", "met": True,
            }
        ],
    }  # fmt: skip


def test_a_review_counts_what_happened_before_its_day_began_in_the_merchants_zone(
    merchant, person, gold
):
    ask(gold, at_least("100.00"))
    sell(person, "100.00", at=moment("2026-03-02T00:00:00+08:00"))
    assert review(merchant, "2026-03-02")["raised"] == 0
    assert review(merchant, "2026-03-03")["raised"] == 1


def test_refunds_count_on_their_own_day_and_take_the_level_away_after_the_grace(
    merchant, person, silver, gold
):
    ask(gold, at_least("100.00"), grace_days=10)
    order = sell(person, "100.00", at=noon("2026-03-01"))
    review(merchant, "2026-03-02")
    give_back(order, "0.01", at=noon("2026-03-05"))

    assert review(merchant, "2026-03-05") == {"raised": 0, "lowered": 0}
    assert not LevelGrace.objects.exists()
    review(merchant, "2026-03-06")
    grace = LevelGrace.objects.get()
    assert (grace.level, grace.since, grace.until) == (gold, date(2026, 3, 6), date(2026, 3, 16))
    assert grace.explanation["conditions"][0]["reached"] == "99.99"
    assert review(merchant, "2026-03-15") == {"raised": 0, "lowered": 0}
    assert level_of(person) == "gold"
    assert review(merchant, "2026-03-16") == {"raised": 0, "lowered": 1}
    # Silver is the lowest level and asks for nothing: that is where one falls to.
    assert level_of(person) == "silver"
    grace.refresh_from_db()
    assert (grace.outcome, grace.ended_on) == ("lowered", date(2026, 3, 16))
    change = LevelChange.objects.get(cause="lowered")
    assert (change.old_level, change.new_level) == (gold, silver)
    assert change.explanation["conditions"][0]["reached"] == "99.99"


def test_who_recovers_in_time_keeps_the_level(merchant, person, gold):
    ask(gold, at_least("100.00"), grace_days=10)
    change_level(distributor=person, level=gold, actor=None, effective_at=noon("2026-03-01"))
    review(merchant, "2026-03-02")
    assert LevelGrace.objects.get().outcome == "open"
    sell(person, "100.00", at=noon("2026-03-11"))
    assert review(merchant, "2026-03-12") == {"raised": 0, "lowered": 0}
    grace = LevelGrace.objects.get()
    assert (grace.outcome, grace.ended_on) == ("recovered", date(2026, 3, 12))
    assert level_of(person) == "gold"


def test_without_a_grace_a_level_is_kept_and_with_none_it_is_lost_at_once(merchant, person, gold):
    ask(gold, at_least("100.00"))
    change_level(distributor=person, level=gold, actor=None, effective_at=noon("2026-03-01"))
    assert review(merchant, "2026-03-02") == {"raised": 0, "lowered": 0}
    ask(gold, at_least("100.00"), grace_days=0)
    assert review(merchant, "2026-03-03") == {"raised": 0, "lowered": 1}
    # The lowest level below asks for nothing.
    assert level_of(person) == "silver"
    assert not LevelGrace.objects.exists()


def test_who_falls_lands_on_the_highest_level_that_is_met(merchant, person):
    levels = [LevelFactory(code=f"l{rank}", rank=rank) for rank in range(1, 5)]
    ask(levels[0], at_least("10.00"))
    ask(levels[1], at_least("50.00"))
    ask(levels[3], at_least("100.00"), grace_days=0)
    sell(person, "60.00", at=noon("2026-03-01"))
    change_level(distributor=person, level=levels[3], actor=None, effective_at=noon("2026-03-01"))
    review(merchant, "2026-03-02")
    # Not l3: what asks for nothing above the lowest level is only given by hand.
    assert level_of(person) == "l2"


def test_levels_are_skipped_upwards(merchant, person, silver, gold):
    ask(silver, at_least("10", "orders"))
    ask(gold, at_least("50.00"))
    sell(person, "60.00", at=noon("2026-03-01"))
    review(merchant, "2026-03-02")
    assert level_of(person) == "gold"


@pytest.mark.parametrize(("combine", "level"), [("all", ""), ("any", "gold")])
def test_all_or_any(merchant, person, gold, combine, level):
    ask(gold, at_least("50.00"), at_least("2", "orders"), combine=combine)
    sell(person, "60.00", at=noon("2026-03-01"))
    review(merchant, "2026-03-02")
    assert level_of(person) == level


def test_a_calendar_month_is_the_merchants_and_keeps_the_level_through_the_next(
    merchant, person, gold
):
    ask(gold, at_least("100.00", period="month"), grace_days=0)
    sell(person, "40.00", at=moment("2026-02-28T23:59:59+08:00"))
    sell(person, "60.00", at=moment("2026-03-01T00:00:00+08:00"))
    assert review(merchant, "2026-03-02")["raised"] == 0
    sell(person, "40.00", at=moment("2026-03-31T23:59:59+08:00"))
    assert review(merchant, "2026-04-01")["raised"] == 1
    condition = LevelChange.objects.get().explanation["conditions"][0]
    assert (condition["from"], condition["to"]) == ("2026-03-01", "2026-03-31")
    assert review(merchant, "2026-05-01") == {"raised": 0, "lowered": 0}
    assert review(merchant, "2026-05-02") == {"raised": 0, "lowered": 1}


def test_a_quarter_and_the_last_days(merchant, person, silver, gold):
    ask(silver, at_least("100.00", period="days", days=10))
    ask(gold, at_least("100.00", period="quarter"))
    sell(person, "50.00", at=noon("2026-01-01"))
    sell(person, "50.00", at=noon("2026-02-01"))
    assert review(merchant, "2026-02-01")["raised"] == 0
    assert review(merchant, "2026-02-02")["raised"] == 1
    assert level_of(person) == "gold"
    other = DistributorFactory(code="B", joined_at=JOINED)
    sell(other, "100.00", at=noon("2026-02-01"))
    sell(other, "0.01", at=noon("2026-01-01"))
    ask(gold, at_least("999.00"))
    assert review(merchant, "2026-02-12")["raised"] == 0
    sell(other, "100.00", at=moment("2026-02-03T00:00:00+08:00"))
    assert review(merchant, "2026-02-13")["raised"] == 1
    assert level_of(other) == "silver"
    condition = LevelChange.objects.latest("pk").explanation["conditions"][0]
    assert (condition["from"], condition["to"]) == ("2026-02-03", "2026-02-12")


def test_team_sales_cover_everybody_below(merchant, person, gold):
    ask(gold, at_least("100.00", "team_sales"))
    child = DistributorFactory(parent=person, joined_at=JOINED)
    grandchild = DistributorFactory(parent=child, joined_at=JOINED)
    stranger = DistributorFactory(joined_at=JOINED)
    sell(person, "10.00", at=noon("2026-03-01"))
    order = sell(grandchild, "91.00", at=noon("2026-03-01"))
    sell(stranger, "99.99", at=noon("2026-03-01"))
    give_back(order, "1.01", at=noon("2026-03-02"))
    review(merchant, "2026-03-03")
    assert [level_of(each) for each in (person, child, grandchild, stranger)] == [""] * 4
    sell(child, "0.01", at=noon("2026-03-03"))
    review(merchant, "2026-03-04")
    assert [level_of(each) for each in (person, child, grandchild, stranger)] == ["gold"] + [""] * 3
    assert LevelChange.objects.get().explanation["conditions"][0]["reached"] == "100.00"


def test_released_commission_counts_when_it_is_released_net_of_later_refunds(
    merchant, person, gold
):
    ask(gold, at_least("20.00", "released", "month"))
    order = sell(person, "100.00", "100.00", at=noon("2026-02-10"))
    first = earn(person, order, "15.00")
    second = earn(person, order, "10.00", line_no=2)
    take_back(first, give_back(order, "20.00", at=noon("2026-02-20")), "3.00")
    # 15 − 3 released in March; 10 is still held.
    _release(first, "12.00", noon("2026-03-01"))
    review(merchant, "2026-03-02")
    assert level_of(person) == ""
    _release(second, "10.00", noon("2026-03-02"))
    take_back(second, give_back(order, "20.01", at=noon("2026-03-03"), line_no=2), "2.01")
    review(merchant, "2026-03-04")
    assert level_of(person) == ""
    review(merchant, "2026-03-05")
    assert level_of(person) == ""
    order = sell(person, "1.00", at=noon("2026-03-01"))
    _release(earn(person, order, "0.01"), "0.01", noon("2026-03-05"))
    review(merchant, "2026-03-06")
    assert level_of(person) == "gold"
    assert LevelChange.objects.get().explanation["conditions"][0]["reached"] == "20.00"


def _release(commission, amount, at):
    Release.objects.create(
        merchant=commission.merchant, commission=commission, amount=Decimal(amount), released_at=at
    )


def test_own_purchases_of_chosen_goods_by_phone_or_code_in_any_shop(merchant, person, gold):
    counted, other = SkuFactory(), SkuFactory()
    save_level_with_goods(
        merchant=merchant,
        level=gold,
        code="gold",
        name="Gold",
        rank=2,
        terms=LevelTerms(),
        conditions=[ConditionTerms(**at_least("100.00", "purchases"))],
        may_sell=Goods(),
        counted=Goods(products=[counted.product]),
    )
    seller = DistributorFactory(joined_at=JOINED)
    by_phone = CustomerFactory(identifier=str(person.phone))
    by_code = CustomerFactory(identifier="A")
    _buy(seller, by_phone, counted, "60.00")
    _buy(seller, by_phone, other, "500.00")
    _buy(seller, CustomerFactory(), counted, "500.00")
    order = _buy(seller, by_code, counted, "40.00")
    refund = give_back(order, "0.01", at=noon("2026-03-02"))
    review(merchant, "2026-03-03")
    assert level_of(person) == ""
    refund.delete()
    review(merchant, "2026-03-04")
    assert (level_of(person), level_of(seller)) == ("gold", "")


def _buy(seller, customer, sku, amount):
    order = sell(seller, amount, at=noon("2026-03-01"))
    type(order).objects.filter(pk=order.pk).update(customer=customer)
    order.lines.update(sku=sku)
    return order


def test_a_pinned_level_is_left_alone_up_to_and_with_its_day(merchant, person, silver, gold):
    ask(gold, at_least("100.00"), grace_days=0)
    today = datetime.now(tz=merchant.zone).date()
    change_level(distributor=person, level=gold, actor=None, reason="Fair", pinned_until=today)
    day, after = (str(today + timedelta(days=days)) for days in (0, 1))
    assert review(merchant, day) == {"raised": 0, "lowered": 0}
    assert review(merchant, after) == {"raised": 0, "lowered": 1}
    low = DistributorFactory()
    sell(low, "100.00", at=noon(str(today - timedelta(days=2))))
    tomorrow = today + timedelta(days=2)
    change_level(distributor=low, level=silver, actor=None, pinned_until=tomorrow)
    assert review(merchant, str(tomorrow)) == {"raised": 0, "lowered": 0}
    assert level_of(low) == "silver"


def test_a_suspended_person_is_not_looked_at(merchant, person, gold):
    ask(gold, at_least("1.00"))
    sell(person, "5.00", at=noon("2026-03-01"))
    suspend_distributor(
        distributor=person, reason="why", actor=None, effective_at=noon("2026-03-01")
    )
    assert review(merchant, "2026-03-02") == {"raised": 0, "lowered": 0}


def test_a_change_by_hand_ends_the_grace(merchant, person, silver, gold):
    ask(gold, at_least("100.00"), grace_days=3)
    change_level(distributor=person, level=gold, actor=None, effective_at=noon("2026-03-01"))
    review(merchant, "2026-03-02")
    change_level(distributor=person, level=silver, actor=None, reason="asked for it")
    assert LevelGrace.objects.get().outcome == "changed"


def test_rules_taken_away_end_the_grace(merchant, person, gold):
    ask(gold, at_least("100.00"), grace_days=3)
    change_level(distributor=person, level=gold, actor=None, effective_at=noon("2026-03-01"))
    review(merchant, "2026-03-02")
    ask(gold)
    review(merchant, "2026-03-03")
    assert LevelGrace.objects.get().outcome == "changed"
    assert level_of(person) == "gold"


def test_a_day_is_reviewed_once_and_never_backwards(merchant, person, gold):
    ask(gold, at_least("100.00"))
    assert review(merchant, "2026-03-02")["raised"] == 0
    sell(person, "100.00", at=noon("2026-03-01"))
    assert review(merchant, "2026-03-02")["raised"] == 0
    assert review(merchant, "2026-03-01")["raised"] == 0
    assert LevelReview.objects.count() == 1
    assert review(merchant, "2026-03-03")["raised"] == 1


def test_nothing_is_done_while_another_worker_is_at_it_unless_it_fell_silent(
    merchant, person, gold
):
    ask(gold, at_least("100.00"))
    sell(person, "100.00", at=noon("2026-03-01"))
    now = datetime.now(tz=UTC)
    held = LevelReview.objects.create(merchant=merchant, day=date(2026, 3, 2), seen_at=now)
    assert review(merchant, "2026-03-02")["raised"] == 0
    LevelReview.objects.filter(pk=held.pk).update(seen_at=now - timedelta(minutes=6))
    assert review(merchant, "2026-03-02")["raised"] == 1


def test_killed_half_way_it_is_finished_by_the_next(merchant, gold, monkeypatch):
    ask(gold, at_least("100.00"))
    people = [DistributorFactory(joined_at=JOINED) for _each in range(5)]
    for each in people:
        sell(each, "100.00", at=noon("2026-03-01"))
    monkeypatch.setattr(level_reviews, "PEOPLE_PER_CHUNK", 2)
    pass_ = review_levels(merchant=merchant, as_of=noon("2026-03-02"))
    assert next(pass_) == {"raised": 2, "lowered": 0}
    pass_.close()
    assert LevelReview.objects.get().finished_at is None

    assert review(merchant, "2026-03-02") == {"raised": 3, "lowered": 0}
    assert (
        LevelChange.objects.count() == DistributorEvent.objects.filter(field="level").count() == 5
    )
    assert LevelReview.objects.get().people == 5


def test_an_interrupted_night_does_not_undo_a_hand_meanwhile(merchant, silver, gold, monkeypatch):
    ask(gold, at_least("100.00"))
    people = [DistributorFactory(joined_at=JOINED) for _each in range(2)]
    for each in people:
        sell(each, "100.00", at=noon("2026-03-01"))
    monkeypatch.setattr(level_reviews, "PEOPLE_PER_CHUNK", 1)
    pass_ = review_levels(merchant=merchant, as_of=noon("2026-03-02"))
    next(pass_)
    pass_.close()
    first = LevelChange.objects.get().distributor
    change_level(distributor=first, level=silver, actor=None, reason="a mistake")
    review(merchant, "2026-03-02")
    assert sorted(map(level_of, people)) == ["gold", "silver"]


def test_run_due_counts_levels_only_where_any_change(merchant, person, gold):
    ask(gold, at_least("100.00"))
    OrderLineFactory(order=OrderFactory(distributor=person, placed_at=noon("2026-03-01")))
    counts = run_due(merchant=merchant, as_of=noon("2026-03-02"))
    assert counts["raised"] == 1
    assert "raised" not in run_due(merchant=merchant, as_of=noon("2026-03-02"))


def test_an_upgrade_touches_no_order_paid_before_it(merchant, person, gold):
    content = {"name": "P", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}
    activate_plan(plan=draft_plan(merchant=merchant, content=content), effective_from=JOINED)
    ask(gold, at_least("100.00"))
    sold = OrderFactory(distributor=person, placed_at=noon("2026-03-01"))
    OrderLineFactory(order=sold, unit_price=Decimal("100.00"))
    run_due(merchant=merchant, as_of=noon("2026-03-02"))
    assert level_of(person) == "gold"
    chains = {}
    for name, at in (
        ("before", noon("2026-03-02") - timedelta(seconds=1)),
        ("after", noon("2026-03-02") + timedelta(seconds=1)),
    ):
        order = OrderFactory(distributor=person, placed_at=at)
        OrderLineFactory(order=order)
        chains[name] = order
    run_due(merchant=merchant, as_of=noon("2026-03-03"))
    levels = {
        name: Attribution.objects.get(order=order).chain[0]["level"]
        for name, order in {"sold": sold, **chains}.items()
    }
    assert levels == {"sold": None, "before": None, "after": "gold"}


def test_one_merchants_review_changes_nothing_at_another(merchant, person, gold):
    ask(gold, at_least("100.00"))
    other = MerchantFactory()
    with scope(merchant=other):
        theirs = LevelFactory(rank=1)
        ask(theirs, at_least("100.00"))
        stranger = DistributorFactory(joined_at=JOINED)
        sell(stranger, "100.00", at=noon("2026-03-01"))
    review(merchant, "2026-03-02")
    with scope(merchant=other):
        assert level_of(stranger) == ""
        assert not LevelReview.objects.exists()


def test_the_number_of_queries_does_not_grow_with_the_people(merchant, silver, gold):
    ask(silver, at_least("50.00", "team_sales", "month"), at_least("1", "orders", "month"))
    ask(gold, at_least("100.00", period="quarter"), at_least("1.00", "released"), grace_days=3)
    counts = []
    for number, day in ((1, "2026-03-02"), (30, "2026-03-03")):
        for _each in range(number):
            sell(DistributorFactory(joined_at=JOINED), "60.00", at=noon("2026-03-01"))
        with CaptureQueriesContext(connection) as queries:
            review(merchant, day)
        counts.append(len(queries))
    # Trees are locked by a statement where a transaction does not hold the only write lock already.
    locking = connection.vendor == "postgresql"
    assert counts[0] == counts[1] == 39 + locking
