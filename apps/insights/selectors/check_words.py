"""What each check is called and promises, and what its faults say, in the reader's language.

Faults are kept in English, so that a stored run, a log and the command line say the same; here they
are put into words for a page.
"""

import re
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.text import capfirst
from django.utils.translation import gettext, gettext_noop
from django.utils.translation import gettext_lazy as _

from apps.commissions.selectors import SENTENCES


@dataclass(frozen=True, slots=True)
class CheckWords:
    """A check's title, and its promise in one sentence."""

    title: str | Promise
    promise: str | Promise


CHECK_WORDS = {
    "balances_equal_transfers": CheckWords(
        _("Balances and transfers"),
        _("Each stored balance is the sum of its account's transfers."),
    ),
    "transfers_stay_inside_walls": CheckWords(
        _("Walls between merchants"),
        _("Both accounts of a transfer are its merchant's, in one currency."),
    ),
    "commissions_equal_ledger": CheckWords(
        _("Commissions and ledger"),
        _("Every commission and every reversal was posted once and in full."),
    ),
    "releases_equal_ledger": CheckWords(
        _("Releases and ledger"),
        _("What was released moved from pending to available, no more and no less."),
    ),
    "pending_equals_commissions": CheckWords(
        _("Pending balances"),
        _("Each person's pending balance is the sum of what is not released yet."),
    ),
    "withdrawals_equal_ledger": CheckWords(
        _("Withdrawals and ledger"),
        _("What is being withdrawn or was paid out is what the withdrawals say."),
    ),
    "payouts_equal_withdrawals": CheckWords(
        _("Payouts and withdrawals"),
        _("A withdrawal is paid exactly when its payout is, with the same amount."),
    ),
    "refunds_stay_within_paid": CheckWords(
        _("Refunds of a line"),
        _("What an order line says was refunded is the sum of its refunds."),
    ),
    "reversals_equal_refunds": CheckWords(
        _("Refunds and reversals"),
        _("What was taken back is the cumulative share of what was refunded."),
    ),
    "lines_stay_under_ceiling": CheckWords(
        _("Ceiling"),
        _("An order line pays no more than the ceiling of its plan."),
    ),
    "write_offs_equal_ledger": CheckWords(
        _("Write-offs"),
        _("What was written off is what the approved write-offs say, posted once."),
    ),
    "stages_equal_rows": CheckWords(
        _("Stages of an order"),
        _("An order's stage is what was done with it, so none is forgotten."),
    ),
    "bookings_follow_plans": CheckWords(
        _("Orders and plans"),
        _("Every order was computed under the plan in force when it was paid."),
    ),
    "commissions_follow_bookings": CheckWords(
        _("Commissions and orders"),
        _("Every commission belongs to a computed order and to that order's plan."),
    ),
    "commissions_equal_plans": CheckWords(
        _("Orders × plan = commissions"),
        _("Every order computed again under its plan gives the commissions that are stored."),
    ),
    "reversals_follow_sales": CheckWords(
        _("Reversals and sales"),
        _("Every reversal fits the sale and the refund that it names."),
    ),
    "releases_equal_sales": CheckWords(
        _("Releases and sales"),
        _("What was released is the commission less what had been taken back before."),
    ),
    "releases_wait_for_the_hold": CheckWords(
        _("Hold period"),
        _("Nothing was released before its order was completed and the hold was over."),
    ),
    "appeals_move_everything": CheckWords(
        _("Appeals"),
        _("An appeal that was upheld took back all that was booked, and booked the order again."),
    ),
    "online_money_equals_orders": CheckWords(
        _("Payments and orders"),
        _("What paid an order is its total, and what went back through the provider its refunds."),
    ),
    "balances_stay_above_zero": CheckWords(
        _("Nothing below zero"),
        _("Every wallet has all its accounts, and none stands below zero."),
    ),
    "facts_post_once": CheckWords(
        _("Nothing posted twice"),
        _("One event moved money once."),
    ),
    "rows_are_there_once": CheckWords(
        _("Nothing earned twice"),
        _("An order line earned a person each commission once, and lost it once."),
    ),
    "released_equals_balances": CheckWords(
        _("Paid out and released"),
        _("What was released is available, withdrawn or paid out: never more than that."),
    ),
    "payouts_name_withdrawals": CheckWords(
        _("Payouts and people"),
        _("Every payout is of a withdrawal, to an account of the person who asked for it."),
    ),
    "payments_have_payouts": CheckWords(
        _("Payments and payouts"),
        _("Money counts as paid out only behind a payout that was paid."),
    ),
    "stock_equals_movements": CheckWords(
        _("Stock and movements"),
        _("What lies in a warehouse is the sum of its movements there."),
    ),
    "stock_equals_warehouses": CheckWords(
        _("Stock and warehouses"),
        _("What a SKU has in all is what lies in its warehouses together."),
    ),
    "coupons_equal_orders": CheckWords(
        _("Coupons and orders"),
        _("A coupon's uses are the orders that stand with it, and their lines share what it took."),
    ),
}

SUBJECTS = {
    "account": _("account"),
    "commission": _("Commission"),
    "coupon": _("Coupon"),
    "distributor": _("Distributor"),
    "order": _("Order"),
    "order line": _("Order line"),
    "payment": _("Payment"),
    "provider refund": _("Refund through the provider"),
    "stock": _("Stock"),
    "transfer": _("Transfer"),
    "withdrawal": _("Withdrawal"),
    "write-off": _("Write-off"),
}
SUBJECT = re.compile(r"(?P<kind>order line|provider refund|[a-z-]+) (?P<number>\S+)(?P<rest>.*)")

DETAILS = (
    gettext_noop("balance %(a)s, transfers %(b)s"),
    gettext_noop("its accounts belong to another merchant or currency"),
    gettext_noop("booked %(a)s, posted %(b)s"),
    gettext_noop("released %(a)s, moved %(b)s"),
    gettext_noop("pending balance %(a)s, commissions %(b)s"),
    gettext_noop("withdrawing balance %(a)s, withdrawals %(b)s"),
    gettext_noop("paid balance %(a)s, withdrawals %(b)s"),
    gettext_noop("is %(a)s, its payout is %(b)s"),
    gettext_noop("says %(a)s, refunds %(b)s"),
    gettext_noop("reversed %(a)s, should be %(b)s"),
    gettext_noop("pays %(a)s, its ceiling is %(b)s"),
    gettext_noop("approved %(a)s, posted %(b)s"),
    gettext_noop("stage %(a)s, but nothing was"),
    gettext_noop("stage %(a)s, but it was attributed"),
    gettext_noop("stage %(a)s, but it was booked"),
    gettext_noop("was booked under plan %(a)s, which was not in force, or was not sold"),
    gettext_noop("does not belong to the booking of its order"),
    gettext_noop("does not fit the sale and the refund that it names"),
    gettext_noop("released %(a)s, was left with %(b)s"),
    gettext_noop("was released before its hold was over"),
    gettext_noop("attribution %(a)s does not follow from the one before and a rebooking"),
    gettext_noop("%(a)s is left of it, but the order was given to somebody else"),
    gettext_noop("does not fit the sale and the appeal that it names"),
    gettext_noop("paid %(a)s for an order of %(b)s"),
    gettext_noop("gives back %(a)s, which is not what its refund says"),
    gettext_noop("has %(a)s accounts, the lowest stands at %(b)s"),
    gettext_noop("was posted %(a)s times as %(b)s"),
    gettext_noop("earns %(a)s %(b)s at depth %(c)s %(d)s times"),
    gettext_noop("released %(a)s, balances %(b)s"),
    gettext_noop("its payout is %(a)s, but the rows behind it do not fit"),
    gettext_noop("pays out %(a)s without a payout"),
    gettext_noop("holds %(a)s, movements %(b)s"),
    gettext_noop("says %(a)s, warehouses %(b)s"),
    gettext_noop("counts %(a)s uses, %(b)s stand"),
    gettext_noop("its coupon took off %(a)s, its lines %(b)s"),
    gettext_noop("the use of its coupon does not fit it"),
    *SENTENCES.values(),
)
PATTERNS = [
    (re.compile(re.sub(r"%\\\((\w)\\\)s", r"(?P<\1>\\S+)", re.escape(each))), each)
    for each in DETAILS
]


def words_of(check: str) -> CheckWords:
    """A check's words; one that nobody has described goes by its name."""
    return CHECK_WORDS.get(check) or CheckWords(check, "")


def say_subject(subject: str) -> str:
    """“order line 5” in the reader's language; what nobody knows stays as it is."""
    match = SUBJECT.fullmatch(subject)
    if match is None or match["kind"] not in SUBJECTS:
        return subject
    return f"{capfirst(SUBJECTS[match['kind']])} {match['number']}{match['rest']}"


def say_detail(detail: str) -> str:
    """What is wrong, in the reader's language; what nobody has translated stays as it is."""
    for pattern, text in PATTERNS:
        match = pattern.fullmatch(detail)
        if match:
            return gettext(text) % match.groupdict()
    return detail
