"""Appeals: who may open one and until when, and what upholding one does to rows, money, figures."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from threading import Barrier

import pytest
from django.db import IntegrityError, connection, transaction
from django.utils import timezone
from django_scopes import scope

from apps.commissions.models import Appeal, Commission, Rebooking, RefundBooking, Release
from apps.commissions.selectors import audit_commissions, explain_order, explanation_text
from apps.commissions.selectors.rows import commission_rows
from apps.commissions.services.appeals import (
    AppealRefused,
    open_appeal,
    reject_appeal,
    uphold_appeal,
    withdraw_appeal,
)
from apps.commissions.services.correcting import CorrectionRefused
from apps.commissions.services.plans import activate_plan, draft_plan
from apps.commissions.services.stages import run_due
from apps.core.errors import Refused
from apps.distributors.models import Binding, BindingPolicy, Distributor
from apps.distributors.services.binding import bind_by_hand
from apps.distributors.services.standing import suspend_distributor
from apps.insights.selectors.ranking import RankingPart, ranking
from apps.insights.selectors.reconcile import reconcile
from apps.insights.selectors.team import team_figures
from apps.ledger.selectors import wallet_balances
from apps.orders.services.refunds import record_refund, undo_refund
from apps.promotion.models import Attribution
from tests.factories import (
    CustomerFactory,
    DistributorFactory,
    LevelFactory,
    MerchantFactory,
    OrderFactory,
    OrderLineFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)
INSTANT = timedelta(microseconds=1)
NOW = datetime.now(UTC)
START = NOW - 60 * DAY
PAID = NOW - 20 * DAY
RULES = [
    {"depth": 1, "percent": "10"},
    {"depth": 1, "level": "gold", "percent": "12"},
    {"depth": 2, "percent": "5"},
]
PLAN = {"name": "P", "depths": 2, "rules": RULES, "hold_days": 7}


@pytest.fixture
def plan(merchant):
    LevelFactory(code="gold")
    return start(merchant, PLAN)


def start(merchant, document):
    draft = draft_plan(merchant=merchant, content=document)
    return activate_plan(plan=draft, effective_from=START, acknowledged_by="Owner")


def person(code, parent=None, **values):
    return DistributorFactory(code=code, joined_at=START, parent=parent, **values)


@pytest.fixture
def top(plan):
    return person("TOP")


@pytest.fixture
def seller(top):
    return person("OLD", top)


@pytest.fixture
def claimant(top):
    return person("NEW", top)


def sell(seller, *, completed=False, paid_at=PAID, price="100.00", **values):
    done = {"completed": True} if completed else {}
    order = OrderFactory(distributor=seller, placed_at=paid_at, **done, **values)
    OrderLineFactory(order=order, unit_price=Decimal(price))
    return order


def booked(merchant, seller, **values):
    order = sell(seller, **values)
    run_due(merchant=merchant)
    return order


def appeal_of(order, claimant, reason="I brought them"):
    identifier = order.customer.identifier
    return open_appeal(
        distributor=claimant, order_no=order.order_no, customer=identifier, reason=reason
    )


def uphold(order, claimant, **values):
    appeal = appeal_of(order, claimant)
    return uphold_appeal(appeal=appeal, actor=UserFactory(), answer="Seen the chat", **values)


def rows():
    """Every commission row as (code, depth, amount, is a reversal, was booked again or undone)."""
    found = Commission.objects.order_by("pk").select_related("beneficiary")
    return [
        (each.beneficiary.code, each.depth, str(each.amount), bool(each.reverses_id),
         bool(each.rebooking_id))
        for each in found
    ]  # fmt: skip


def balances(distributor):
    found = wallet_balances(distributor)
    return {kind: str(amount) for kind, amount in found.items() if amount}


def is_proved(merchant):
    return not list(reconcile(merchant=merchant)) and not list(audit_commissions(merchant=merchant))


class TestUpholding:
    def test_all_is_taken_back_and_booked_again_at_every_depth(
        self, merchant, seller, claimant, top
    ):
        order = booked(merchant, seller)

        appeal = uphold(order, claimant)

        assert rows() == [
            ("OLD", 1, "10.00", False, False),
            ("TOP", 2, "5.00", False, False),
            ("NEW", 1, "10.00", False, True),
            ("TOP", 2, "5.00", False, True),
            ("OLD", 1, "-10.00", True, True),
            ("TOP", 2, "-5.00", True, True),
        ]
        assert (appeal.status, appeal.answer) == ("upheld", "Seen the chat")
        rebooking = Rebooking.objects.get()
        again = Commission.objects.filter(rebooking=rebooking)
        assert {each.earned_at for each in again} == {rebooking.decided_at}
        assert balances(seller) == {}
        assert balances(claimant) == {"pending": "10.00"}
        assert balances(top) == {"pending": "5.00"}
        assert is_proved(merchant)

    def test_the_attribution_is_superseded_and_not_edited(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        appeal = uphold(order, claimant)

        first, second = Attribution.objects.filter(order=order).order_by("number")
        assert (first.distributor, first.method, first.number) == (seller, "order", 1)
        assert (second.distributor, second.method, second.number) == (claimant, "appeal", 2)
        assert (second.supersedes, second.evidence) == (first, {"appeal": appeal.pk})
        assert Attribution.objects.standing().get(order=order) == second
        with pytest.raises(IntegrityError), transaction.atomic():
            Attribution.objects.filter(pk=first.pk).update(distributor=claimant)
        with pytest.raises(IntegrityError), transaction.atomic():
            Rebooking.objects.update(facts={})

    def test_it_goes_by_the_plan_and_the_levels_of_the_time(self, merchant, seller, top):
        claimant = person("NEW", top, level=None)
        order = booked(merchant, seller)
        draft = draft_plan(
            merchant=merchant,
            content={**PLAN, "rules": [{"depth": 1, "percent": "50"}], "depths": 1},
        )
        activate_plan(plan=draft, effective_from=NOW - DAY, acknowledged_by="x")
        suspend_distributor(distributor=top, reason="x", actor=None, effective_at=NOW - DAY)

        uphold(order, claimant)

        assert balances(claimant) == {"pending": "10.00"}
        assert balances(top) == {"pending": "5.00"}
        assert is_proved(merchant)

    def test_released_money_is_taken_from_available_and_the_rest_is_owed(
        self, merchant, seller, claimant, top
    ):
        order = booked(merchant, seller, completed=True)
        assert balances(seller) == {"available": "10.00"}
        from apps.payouts.services.accounts import save_payout_account
        from apps.payouts.services.withdrawals import request_withdrawal

        save_payout_account(
            distributor=seller, method="bank", holder_name="x", bank_name="B",
            number="6222020200112233445",
        )  # fmt: skip
        request_withdrawal(distributor=seller, amount="8.00", request_key="k")

        uphold(order, claimant)
        assert balances(seller) == {"withdrawing": "8.00", "debt": "8.00"}
        assert balances(claimant) == {"pending": "10.00"}
        assert balances(top) == {"pending": "5.00"}
        assert is_proved(merchant)

        # The order was completed long ago: the next run releases what was booked again.
        run_due(merchant=merchant)
        assert balances(claimant) == {"available": "10.00"}
        assert balances(top) == {"available": "5.00"}
        released = Release.objects.filter(commission__rebooking__isnull=False)
        decided = Rebooking.objects.get().decided_at
        assert {each.released_at for each in released} == {decided}
        assert is_proved(merchant)

    def test_refunds_before_and_after_take_back_from_whose_it_is_then(
        self, merchant, seller, claimant, top
    ):
        order = booked(merchant, seller)
        line = order.lines.get()
        record_refund(order_line=line, amount=Decimal("33.33"))
        run_due(merchant=merchant)
        assert balances(seller) == {"pending": "6.67"}

        uphold(order, claimant)
        assert balances(seller) == {}
        assert balances(claimant) == {"pending": "6.67"}
        assert balances(top) == {"pending": "3.33"}
        assert is_proved(merchant)

        record_refund(order_line=line, amount=Decimal("66.67"))
        run_due(merchant=merchant)
        assert balances(claimant) == balances(top) == balances(seller) == {}
        assert is_proved(merchant)

    def test_a_refund_no_stage_has_met_yet_is_in_it_and_counts_once(
        self, merchant, seller, claimant, top
    ):
        order = booked(merchant, seller)
        record_refund(order_line=order.lines.get(), amount=Decimal("50.00"))
        assert RefundBooking.objects.count() == 0

        uphold(order, claimant)
        assert balances(claimant) == {"pending": "5.00"}
        run_due(merchant=merchant)

        assert balances(claimant) == {"pending": "5.00"}
        assert balances(seller) == {}
        assert balances(top) == {"pending": "2.50"}
        assert is_proved(merchant)

    def test_a_refund_undone_later_gives_back_to_whose_it_is(self, merchant, seller, claimant, top):
        order = booked(merchant, seller)
        refund = record_refund(order_line=order.lines.get(), amount=Decimal("50.00"))
        run_due(merchant=merchant)
        uphold(order, claimant)

        undo_refund(refund=refund)
        run_due(merchant=merchant)

        assert balances(claimant) == {"pending": "10.00"}
        assert balances(top) == {"pending": "5.00"}
        assert balances(seller) == {}
        assert is_proved(merchant)

    def test_given_back_by_a_second_appeal(self, merchant, seller, claimant, top):
        order = booked(merchant, seller)
        uphold(order, claimant)
        uphold(order, seller)

        assert balances(seller) == {"pending": "10.00"}
        assert balances(claimant) == {}
        assert balances(top) == {"pending": "5.00"}
        assert [each.number for each in Attribution.objects.order_by("number")] == [1, 2, 3]
        assert is_proved(merchant)
        assert [str(each.attribution.distributor) for each in explain_order(order).earlier] == [
            str(seller), str(claimant),
        ]  # fmt: skip

    def test_an_order_of_nobodys_is_booked_for_them(self, merchant, top, claimant):
        order = booked(merchant, None)
        uphold(order, claimant)
        assert balances(claimant) == {"pending": "10.00"}
        assert is_proved(merchant)

    @pytest.mark.parametrize(("earns_own", "whose"), [(True, "NEW"), (False, "TOP")])
    def test_an_own_purchase_goes_by_the_plan_of_the_order(self, merchant, earns_own, whose):
        start(merchant, {**PLAN, "self_purchase": earns_own, "rules": [RULES[0]], "depths": 1})
        top = person("TOP")
        claimant = person("NEW", top)
        own = CustomerFactory(identifier=str(claimant.phone))
        order = booked(merchant, person("OLD"), customer=own)

        uphold(order, claimant)

        assert Commission.objects.standing().get().beneficiary.code == whose
        assert is_proved(merchant)

    def test_it_may_bind_the_customer_as_well(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        bind_by_hand(customer=order.customer, distributor=seller, reason="x", actor=None)

        appeal = uphold(order, claimant, bind_customer=True)

        former, bound = Binding.objects.order_by("starts_at")
        assert (former.ending, former.distributor) == ("appeal", seller)
        assert (bound.distributor, bound.way, bound.ended_at) == (claimant, "appeal", None)
        assert bound.evidence == {"appeal": appeal.pk, "order": order.order_no}

    def test_one_not_computed_yet_waits(self, merchant, seller, claimant):
        order = sell(seller)
        appeal = appeal_of(order, claimant)
        with pytest.raises(CorrectionRefused):
            uphold_appeal(appeal=appeal, actor=None, answer="x")
        assert Appeal.objects.get().status == "open"
        assert Commission.objects.count() == 0

    def test_a_ceiling_holds_for_each_booking(self, merchant):
        ceiling = {"of": "paid", "percent": "12"}
        start(merchant, {**PLAN, "rules": [RULES[0], RULES[2]], "ceiling": ceiling})
        top = person("TOP")
        seller, claimant = person("OLD", top), person("NEW", top)
        order = booked(merchant, seller)
        assert balances(seller) == {"pending": "8.00"}
        uphold(order, claimant)
        assert balances(claimant) == {"pending": "8.00"}
        assert is_proved(merchant)


class TestFigures:
    def board(self, merchant, first, last):
        zone = merchant.zone
        found = ranking(
            merchant=merchant,
            date_from=first.astimezone(zone).date(),
            date_to=last.astimezone(zone).date(),
            by="own_sales",
        )
        return {
            each.code: (
                str(each.own_sales),
                str(each.team_sales),
                each.orders,
                str(each.commission),
            )
            for each in found
        }

    def test_days_gone_by_stay_and_the_day_of_the_decision_moves_it(
        self, merchant, seller, claimant, top
    ):
        order = booked(merchant, seller)
        line = order.lines.get()
        record_refund(order_line=line, amount=Decimal("30.00"))
        run_due(merchant=merchant)
        then = self.board(merchant, PAID, PAID)

        uphold(order, claimant)

        assert self.board(merchant, PAID, PAID) == then
        assert then["OLD"] == ("100.00", "100.00", 1, "10.00")
        today = self.board(merchant, NOW, NOW)
        # Refunded today: −30.00 of the former seller's, who then loses the 70.00 that were left.
        assert today["OLD"] == ("-100.00", "-100.00", -1, "-10.00")
        assert today["NEW"] == ("70.00", "70.00", 1, "7.00")
        assert today["TOP"] == ("0.00", "-30.00", 0, "-1.50")
        whole = self.board(merchant, PAID, NOW)
        assert whole["OLD"] == ("0.00", "0.00", 0, "0.00")
        assert whole["NEW"] == ("70.00", "70.00", 1, "7.00")
        assert whole["TOP"] == ("0.00", "70.00", 0, "3.50")

    def test_a_refund_after_it_is_the_new_ones(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        uphold(order, claimant)
        record_refund(order_line=order.lines.get(), amount=Decimal("40.00"))
        run_due(merchant=merchant)

        today = self.board(merchant, NOW, NOW)
        assert today["OLD"][:1] == ("-100.00",)
        assert today["NEW"][:1] == ("60.00",)

    def test_the_team_and_a_region_tell_the_same(self, merchant, seller, claimant, top):
        order = booked(merchant, seller, region="浙江省/杭州市")
        uphold(order, claimant)
        day = NOW.astimezone(merchant.zone).date()
        days = {"date_from": day, "date_to": day}

        team = team_figures(distributor=claimant, **days)
        assert (team.own_sales, team.direct_sales) == (Decimal("100.00"), Decimal("0.00"))
        below = team_figures(distributor=top, **days)
        assert (below.own_sales, below.direct_sales) == (Decimal("0.00"), Decimal("0.00"))
        for region, sales in (("浙江省", "100.00"), ("江苏省", "0.00")):
            part = RankingPart(region=region)
            found = {each.code: each for each in ranking(merchant=merchant, part=part, **days)}
            assert str(found["NEW"].own_sales) == sales

    def test_the_export_tells_every_row(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        uphold(order, claimant)
        told = [(row[2], row[3], str(row[8])) for row in commission_rows(merchant=merchant)]
        assert sorted(told, key=str) == sorted(
            [
                (None, "OLD", "10.00"), (None, "TOP", "5.00"), (None, "NEW", "10.00"),
                (None, "TOP", "5.00"), (None, "OLD", "-10.00"), (None, "TOP", "-5.00"),
            ],
            key=str,
        )  # fmt: skip
        assert order.order_no


class TestExplaining:
    def test_both_are_told(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        uphold(order, claimant)

        explanation = explain_order(order)

        assert explanation.attribution.distributor == claimant
        assert explanation.differences == []
        assert [each.code for each in explanation.chain] == ["NEW", "TOP"]
        (earlier,) = explanation.earlier
        assert earlier.attribution.distributor == seller
        assert [
            (row.commission.beneficiary.code, str(row.by_refunds), str(row.by_appeal))
            for row in earlier.rows
        ] == [("OLD", "0.00", "10.00"), ("TOP", "0.00", "5.00")]
        text = explanation_text(explanation)
        assert "Counts for: " in text
        assert f"it counted for: {seller} (named on the order)" in text
        assert "OLD, share 1: ¥10.00; taken back ¥0.00 by refunds, ¥10.00 by the appeal" in text

    def test_a_distributor_sees_their_own_part_alone(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        uphold(order, claimant)

        (earlier,) = explain_order(order, for_distributor=seller).earlier
        assert [row.commission.beneficiary for row in earlier.rows] == [seller]
        (earlier,) = explain_order(order, for_distributor=claimant).earlier
        assert earlier.rows == []

    def test_it_takes_no_more_queries_than_an_order_nobody_appealed_about(
        self, merchant, seller, claimant, django_assert_max_num_queries
    ):
        order = booked(merchant, seller)
        uphold(order, claimant)
        with django_assert_max_num_queries(8):
            explain_order(order)


class TestReconciling:
    @pytest.mark.usefixtures("no_guards")
    def test_what_is_left_of_the_old_booking_is_found(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        uphold(order, claimant)
        taken = Commission.objects.get(beneficiary=seller, amount__lt=0)
        Commission.objects.filter(pk=taken.pk).update(amount=Decimal("-9.00"))

        faults = [str(each) for each in reconcile(merchant=merchant)]
        sale = taken.reverses_id
        assert (
            f"appeals_move_everything: commission {sale}: 1.00 is left of it, but the order was "
            "given to somebody else"
        ) in faults

    @pytest.mark.usefixtures("no_guards")
    def test_what_was_booked_again_wrongly_is_found(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        uphold(order, claimant)
        Commission.objects.filter(beneficiary=claimant).update(amount=Decimal("11.00"))
        assert "amount of NEW, share 1: stored 11.00, recomputed 10.00" in "\n".join(
            str(each) for each in audit_commissions(merchant=merchant)
        )

    def test_an_attribution_without_a_rebooking_is_found(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        Attribution.objects.create(
            merchant=merchant, order=order, number=2, supersedes=Attribution.objects.get(),
            distributor=claimant, method="appeal",
        )  # fmt: skip
        faults = [str(each) for each in reconcile(merchant=merchant)]
        assert any("attribution 2 does not follow" in each for each in faults)


class TestOpening:
    def test_of_an_order_they_know_by_number_and_customer(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        appeal = appeal_of(order, claimant, " I brought them ")
        assert (appeal.status, appeal.reason) == ("open", "I brought them")
        assert appeal.deadline == PAID + 30 * DAY

    @pytest.mark.parametrize("customer", ["", "+8613999999999"])
    def test_an_unknown_order_and_a_foreign_one_get_the_same_answer(
        self, merchant, seller, claimant, customer
    ):
        order = booked(merchant, seller)
        answers = set()
        for number in (order.order_no, "NOWHERE", "\x00"):
            with pytest.raises(AppealRefused) as refused:
                open_appeal(distributor=claimant, order_no=number, customer=customer, reason="mine")
            answers.add(str(refused.value))
        assert len(answers) == 1
        assert Appeal.objects.count() == 0

    def test_the_number_is_enough_for_one_placed_in_their_shop_or_of_their_customer(
        self, merchant, seller, claimant
    ):
        in_shop = booked(merchant, seller, shop=claimant)
        theirs = booked(merchant, seller)
        Binding.objects.create(
            merchant=merchant, customer=theirs.customer, distributor=claimant, way="operator",
            starts_at=PAID - DAY,
        )  # fmt: skip
        for order in (in_shop, theirs):
            open_appeal(distributor=claimant, order_no=order.order_no, reason="mine")
        assert Appeal.objects.count() == 2

    def test_to_the_last_instant_of_the_deadline(self, merchant, seller, claimant):
        BindingPolicy.objects.create(
            merchant=merchant, version=1, effective_from=START, appeal_days=10
        )
        late = booked(merchant, seller, paid_at=timezone.now() - 10 * DAY)
        soon = booked(merchant, seller, paid_at=timezone.now() - 10 * DAY + timedelta(minutes=1))

        with pytest.raises(AppealRefused, match="time to appeal"):
            appeal_of(late, claimant)
        appeal_of(soon, claimant)

    def test_not_for_what_counts_for_them_or_was_before_they_joined_or_unpaid(
        self, merchant, seller, claimant
    ):
        order = booked(merchant, seller)
        unpaid = OrderFactory(distributor=seller, pending=True)
        latecomer = DistributorFactory(joined_at=PAID + INSTANT)
        for who, what, words in (
            (seller, order, "for you already"),
            (latecomer, order, "before you joined"),
            (claimant, unpaid, "not been paid"),
        ):
            with pytest.raises(AppealRefused, match=words):
                appeal_of(what, who)

    def test_one_at_a_time_and_no_second_after_an_answer(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        appeal = appeal_of(order, claimant)
        with pytest.raises(AppealRefused, match="open appeal"):
            appeal_of(order, claimant)
        withdraw_appeal(appeal=appeal, distributor=claimant)
        again = appeal_of(order, claimant)
        reject_appeal(appeal=again, actor=None, answer="The chat says otherwise")
        with pytest.raises(AppealRefused, match="has been answered"):
            appeal_of(order, claimant)

    def test_another_merchants_order_is_not_there(self, merchant, seller, claimant):
        order = booked(merchant, seller)
        with scope(merchant=MerchantFactory()):
            stranger = DistributorFactory(joined_at=START)
        with pytest.raises(AppealRefused, match="no such order"):
            appeal_of(order, stranger)


class TestAnswering:
    def test_a_reason_is_needed_and_it_is_answered_once(self, merchant, seller, claimant):
        appeal = appeal_of(booked(merchant, seller), claimant)
        for step in (reject_appeal, uphold_appeal):
            with pytest.raises(AppealRefused):
                step(appeal=appeal, actor=None, answer="  ")
        reject_appeal(appeal=appeal, actor=UserFactory(), answer="No")
        before = rows()
        for step in (reject_appeal, uphold_appeal):
            with pytest.raises(AppealRefused):
                step(appeal=appeal, actor=None, answer="x")
        with pytest.raises(AppealRefused):
            withdraw_appeal(appeal=appeal, distributor=claimant)
        assert rows() == before

    def test_only_the_own_one_is_withdrawn(self, merchant, seller, claimant):
        appeal = appeal_of(booked(merchant, seller), claimant)
        with pytest.raises(AppealRefused):
            withdraw_appeal(appeal=appeal, distributor=seller)
        assert Appeal.objects.get().status == "open"

    def test_of_two_claims_the_second_needs_a_fresh_look(self, merchant, seller, claimant, top):
        order = booked(merchant, seller)
        other = person("THIRD", top)
        first, second = appeal_of(order, claimant), appeal_of(order, other)
        uphold_appeal(appeal=first, actor=None, answer="x")
        uphold_appeal(appeal=second, actor=None, answer="after all")
        assert balances(other) == {"pending": "10.00"}
        assert balances(claimant) == {}
        assert is_proved(merchant)


@pytest.mark.postgres
@pytest.mark.django_db(transaction=True)
def test_upheld_by_many_at_once_while_the_stages_run_it_happens_once(merchant):
    start(merchant, {**PLAN, "rules": [RULES[0], RULES[2]]})
    top = person("TOP")
    seller, claimant = person("OLD", top), person("NEW", top)
    order = booked(merchant, seller, completed=True)
    appeal = appeal_of(order, claimant)
    line = order.lines.get()
    barrier = Barrier(6)

    def run(number):
        try:
            with scope(merchant=merchant):
                barrier.wait(timeout=30)
                if number < 3:
                    return uphold_appeal(appeal=appeal, actor=None, answer="x").status
                if number == 3:
                    return record_refund(order_line=line, amount=Decimal("50.00")).status
                return run_due(merchant=merchant) and "ran"
        except Refused:
            return None
        finally:
            connection.close()

    with ThreadPoolExecutor(6) as pool:
        results = list(pool.map(run, range(6)))
    run_due(merchant=merchant)

    assert results[:3].count("upheld") == 1
    assert Rebooking.objects.count() == 1
    assert balances(claimant) == {"available": "5.00"}
    assert balances(top) == {"available": "2.50"}
    assert Distributor.objects.count() == 3
    assert is_proved(merchant)
