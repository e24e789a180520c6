"""Rehearsals: exact figures of a small merchant, and that nothing is written."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.apps import apps
from django_scopes import scope, scopes_disabled

from apps.commissions.plan_document import PlanRefused
from apps.commissions.services.plans import draft_plan
from apps.commissions.services.rehearsal import Move
from apps.commissions.services.rehearsing import RehearsalRefused, rehearse
from apps.distributors.models import Distributor
from tests.commissions import rehearsed
from tests.commissions.rehearsed import DAY, DRAFT, PAID_AT, TODAY, sell
from tests.factories import DistributorFactory, MerchantFactory, OrderFactory, OrderLineFactory
from tests.flows.command_line import Shopkeeper
from tests.reference.random_cases import random_case

pytestmark = pytest.mark.django_db


@pytest.fixture
def sold(merchant):
    return sell(merchant)


def run(merchant, **values):
    values.setdefault("date_from", DAY)
    values.setdefault("date_to", DAY)
    return rehearse(merchant=merchant, **values)


def figures(changes) -> dict[str, tuple[str, str, str]]:
    """Key or code → today, draft, difference."""
    return {
        getattr(each, "code", None) or getattr(each, "key", ""): (
            str(each.today),
            str(each.draft),
            str(each.difference),
        )
        for each in changes
    }


def fresh(person: Distributor) -> Distributor:
    return Distributor.objects.get(pk=person.pk)


class TestADraft:
    def test_cost_margin_and_every_breakdown_to_the_fen(self, merchant, sold):
        result = run(merchant, plan_document=DRAFT)

        assert (result.orders, result.lines, result.not_booked) == (4, 4, 0)
        # 100.00 + 70.00 + 100.00 + 72.00, and 60.00 + 28.00 + 60.00 + 60.00
        assert (result.paid, result.cost_of_goods) == (Decimal("342.00"), Decimal("208.00"))
        assert figures([result.commission]) == {"": ("51.30", "65.60", "14.30")}
        assert figures([result.margin]) == {"": ("82.70", "68.40", "-14.30")}
        assert figures(result.by_depth) == {
            "1": ("34.20", "49.10", "14.90"),
            "2": ("17.10", "16.50", "-0.60"),
        }
        assert figures(result.by_level) == {
            "gold": ("12.10", "7.80", "-4.30"),
            "silver": ("22.00", "15.70", "-6.30"),
            "": ("17.20", "42.10", "24.90"),
        }
        assert [each.name for each in result.by_level] == ["Gold", "Silver", ""]
        assert figures(result.by_kind) == {"share": ("51.30", "65.60", "14.30")}

    def test_who_wins_and_who_loses_most_first(self, merchant, sold):
        result = run(merchant, plan_document=DRAFT)

        assert result.people == {"gain": 2, "lose": 2, "same": 0}
        assert figures(result.winners) == {
            "C": ("10.00", "31.30", "21.30"),
            "D": ("7.20", "10.80", "3.60"),
        }
        assert figures(result.losers) == {
            "B": ("22.00", "15.70", "-6.30"),
            "A": ("12.10", "7.80", "-4.30"),
        }
        assert [each.code for each in (*result.winners, *result.losers)] == ["C", "D", "B", "A"]

    def test_lines_at_the_ceiling_and_lines_that_make_a_loss(self, merchant, sold):
        result = run(merchant, plan_document=DRAFT).as_json()

        assert (result["ceiling"]["lines"], result["ceiling"]["cut"]) == (3, "8.88")
        assert [
            (each["order_no"], each["line_no"], each["full"], each["amount"], each["cut"])
            for each in result["ceiling"]["first"]
        ] == [
            ("O1", 1, "23.00", "20.00", "3.00"),
            ("O3", 1, "23.00", "20.00", "3.00"),
            ("O4", 1, "17.28", "14.40", "2.88"),
        ]
        losses = result["losses"]
        assert (losses["today"], losses["draft"], losses["new"]) == (0, 1, 1)
        assert [(each["order_no"], each["today"], each["draft"]) for each in losses["first"]] == [
            ("O4", "1.20", "-2.40")
        ]

    def test_the_plan_in_force_changes_nothing(self, merchant, sold):
        result = run(merchant, plan_document=TODAY)

        assert figures([result.commission]) == {"": ("51.30", "51.30", "0.00")}
        assert (result.winners, result.losers) == ([], [])
        assert result.people == {"gain": 0, "lose": 0, "same": 4}

    def test_orders_not_computed_yet_cost_nothing_today(self, merchant, sold):
        rehearsed.order(sold, "O5", "D", sold.tea)

        result = run(merchant, plan_document=TODAY)

        assert (result.orders, result.not_booked) == (5, 1)
        assert figures(result.winners) == {
            "D": ("7.20", "17.20", "10.00"),
            "A": ("12.10", "17.10", "5.00"),
        }

    def test_days_are_the_merchants_and_both_included(self, merchant, sold):
        one = timedelta(days=1)
        rehearsed.order(sold, "O5", "D", sold.tea, paid_at=PAID_AT + one)

        assert run(merchant, plan_document=DRAFT).orders == 4
        assert run(merchant, plan_document=DRAFT, date_to=DAY + one).orders == 5
        before = run(merchant, plan_document=DRAFT, date_from=DAY - one, date_to=DAY - one)
        assert (before.orders, before.by_kind) == (0, [])

    def test_chunks_make_no_difference(self, merchant, sold, monkeypatch):
        whole = run(merchant, plan_document=DRAFT)
        seen = []
        monkeypatch.setattr("apps.commissions.services.rehearsing.ORDERS_PER_CHUNK", 1)

        in_parts = run(
            merchant, plan_document=DRAFT, on_progress=lambda *progress: seen.append(progress)
        )

        assert in_parts == whole
        assert seen == [(1, 4), (2, 4), (3, 4), (4, 4)]

    def test_stage_bonuses_are_left_out_and_it_says_so(self, merchant, sold):
        bonus = {
            "of": "own",
            "period": "month",
            "steps": [{"reach": "100.00", "percent": "1"}],
        }
        result = run(merchant, plan_document={**TODAY, "stage_bonuses": [bonus]})

        assert result.leaves_out_stage_bonuses
        assert figures([result.commission]) == {"": ("51.30", "51.30", "0.00")}
        assert not run(merchant, plan_document=TODAY).leaves_out_stage_bonuses

    def test_other_kinds_stand_beside_the_depths(self, merchant, sold):
        document = {**TODAY, "referral": {"orders": 1, "percent": "4"}}

        result = run(merchant, plan_document=document)

        # C bought O3 for 100.00 and was recruited by B.
        assert figures(result.by_kind) == {
            "share": ("51.30", "51.30", "0.00"),
            "referral": ("0.00", "4.00", "4.00"),
        }
        assert figures(result.by_depth)[""] == ("0.00", "4.00", "4.00")
        assert figures(result.winners) == {"B": ("22.00", "26.00", "4.00")}
        assert figures(result.by_level)["silver"] == ("22.00", "26.00", "4.00")


class TestAMove:
    def test_under_somebody_else(self, merchant, sold):
        move = Move(fresh(sold.people["C"]), fresh(sold.people["D"]))

        result = run(merchant, move=move)

        # O1: D instead of B at depth 2; O3, bought by C: D instead of B at depth 1.
        assert figures(result.winners) == {"D": ("7.20", "22.20", "15.00")}
        assert figures(result.losers) == {"B": ("22.00", "7.00", "-15.00")}
        assert result.people == {"gain": 1, "lose": 1, "same": 2}
        assert figures([result.commission]) == {"": ("51.30", "51.30", "0.00")}
        assert result.as_json()["move"] == {
            "person": "C", "name": "陈晨", "from": "B", "to": "D"
        }  # fmt: skip

    def test_to_the_top(self, merchant, sold):
        result = run(merchant, move=Move(fresh(sold.people["C"]), None))

        assert result.winners == []
        assert figures(result.losers) == {
            "B": ("22.00", "7.00", "-15.00"),
            "A": ("12.10", "7.10", "-5.00"),
        }

    def test_together_with_a_draft(self, merchant, sold):
        move = Move(fresh(sold.people["C"]), fresh(sold.people["D"]))

        result = run(merchant, plan_document=DRAFT, move=move)

        # O1 and O3, C's own under the draft: 18.00 + 5.00 scaled to 20.00, the 4.35 are D's.
        assert figures(result.winners) == {
            "C": ("10.00", "31.30", "21.30"),
            "D": ("7.20", "19.50", "12.30"),
        }
        assert figures(result.losers) == {
            "B": ("22.00", "7.00", "-15.00"),
            "A": ("12.10", "7.80", "-4.30"),
        }

    def test_a_referral_follows_the_move(self, merchant, sold):
        document = {**TODAY, "referral": {"orders": 1, "percent": "4"}}
        move = Move(fresh(sold.people["C"]), fresh(sold.people["D"]))

        result = run(merchant, plan_document=document, move=move)

        assert figures(result.by_kind)["referral"] == ("0.00", "4.00", "4.00")
        assert figures(result.winners) == {"D": ("7.20", "26.20", "19.00")}

    def test_orders_without_a_plan_earn_nothing_on_either_side(self, merchant, sold):
        rehearsed.order(sold, "O5", "C", sold.tea)

        result = run(merchant, move=Move(fresh(sold.people["C"]), None))

        assert (result.orders, result.not_booked) == (5, 1)
        assert figures([result.commission]) == {"": ("51.30", "31.30", "-20.00")}

    @pytest.mark.parametrize(
        ("person", "new_parent", "reason"),
        [
            ("A", "C", "is in the team of"),
            ("A", "A", "is in the team of"),
            ("C", "B", "stands there already"),
            ("A", None, "stands there already"),
        ],
    )
    def test_a_circle_or_no_move_is_refused(self, merchant, sold, person, new_parent, reason):
        move = Move(
            fresh(sold.people[person]), fresh(sold.people[new_parent]) if new_parent else None
        )
        with pytest.raises(RehearsalRefused, match=reason):
            run(merchant, move=move)

    def test_nobody_moves_to_another_merchant(self, merchant, sold):
        stranger = DistributorFactory(merchant=MerchantFactory())
        with pytest.raises(RehearsalRefused, match="not a distributor of this merchant"):
            run(merchant, move=Move(fresh(sold.people["C"]), stranger))


class TestRefusals:
    def test_every_fault_of_the_document_is_named(self, merchant, sold):
        rules = [
            {"depth": 1, "level": "none", "percent": "10"},
            {"depth": 1, "sku": "NO", "percent": "5"},
        ]
        with pytest.raises(PlanRefused) as refusal:
            run(merchant, plan_document={**TODAY, "rules": rules})
        assert [problem.path for problem in refusal.value.problems] == [
            "rules[0].level",
            "rules[1].sku",
        ]

    def test_a_period_that_ends_before_it_begins(self, merchant, sold):
        with pytest.raises(RehearsalRefused, match="ends before it begins"):
            run(merchant, plan_document=DRAFT, date_to=DAY - timedelta(days=1))

    def test_nothing_to_rehearse(self, merchant):
        with pytest.raises(RehearsalRefused, match="a plan or a move"):
            run(merchant)


def everything() -> dict[str, list]:
    """All rows of all our tables."""
    ours = [model for model in apps.get_models() if model.__module__.startswith("apps.")]
    with scopes_disabled():
        return {
            model._meta.label: list(model._default_manager.order_by("pk").values_list())
            for model in ours
        }


def test_nothing_is_written(merchant, sold):
    draft_plan(merchant=merchant, content=DRAFT)
    before = everything()

    run(merchant, plan_document=DRAFT)
    run(merchant, move=Move(fresh(sold.people["C"]), None))

    assert everything() == before


def test_another_merchants_orders_do_not_count(merchant, sold):
    other = MerchantFactory()
    with scope(merchant=other):
        line = OrderLineFactory(
            order=OrderFactory(distributor=DistributorFactory(), placed_at=PAID_AT)
        )
        result = rehearse(
            merchant=other, date_from=DAY, date_to=DAY, plan_document={**TODAY, "depths": 2}
        )
    assert (result.orders, result.paid) == (1, line.paid_amount)
    assert run(merchant, plan_document=DRAFT).orders == 4


@pytest.mark.parametrize("seed", range(11))
def test_the_plan_in_force_makes_no_difference_at_any_merchant(seed, tmp_path):
    case = random_case(seed)
    keeper = Shopkeeper(tmp_path)
    keeper.take_in(case.files, case.plans)
    keeper.run_due("2027-01-01T00:00:00")
    effective_from, document = case.plans[-1]
    first_day = datetime.fromisoformat(effective_from).date() + timedelta(days=1)

    with scope(merchant=keeper.merchant):
        result = rehearse(
            merchant=keeper.merchant,
            date_from=first_day,
            date_to=first_day.replace(year=2027),
            plan_document=document,
        )

    assert result.orders > 0
    assert result.not_booked == 0
    assert (result.winners, result.losers) == ([], [])
    for change in (result.commission, *result.by_depth, *result.by_level, *result.by_kind):
        assert change.difference == 0, change
