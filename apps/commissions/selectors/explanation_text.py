"""An explanation as plain text, for the command line."""

from collections.abc import Iterator

from django.utils.translation import gettext as _
from django.utils.translation import pgettext

from apps.commissions.selectors.explanation_stories import (
    CandidateStory,
    EarlierBooking,
    LineStory,
    OrderExplanation,
)
from apps.commissions.selectors.settlement_story import RefundShare, moment_text
from apps.core.templatetags.money_display import money_text

INDENT = "  "


def explanation_text(explanation: OrderExplanation) -> str:
    """The explanation as lines of text in the active language; the last says whether it agrees."""
    currency = explanation.order.merchant.currency
    lines = [*_head(explanation)]
    for line in explanation.lines:
        lines += ["", *_line(line, currency)]
    for earlier in explanation.earlier:
        lines += ["", *_earlier(earlier, explanation, currency)]
    return "\n".join([*lines, "", *_verdict(explanation)])


def _head(explanation: OrderExplanation) -> Iterator[str]:
    order = explanation.order
    yield _("Order %(number)s (%(source)s, %(status)s)") % {
        "number": order.order_no,
        "source": order.get_source_display(),
        "status": order.get_status_display(),
    }
    if order.paid_at:
        yield _("Paid: %(moment)s") % {"moment": moment_text(order.paid_at, order)}
    if explanation.attribution:
        distributor = explanation.attribution.distributor
        yield _("Counts for: %(who)s (%(how)s)") % {
            "who": distributor or "—",
            "how": explanation.attribution.get_method_display(),
        }
    if explanation.chain:
        people = [
            f"{depth}. {person} ({person.level or _('no level')}, {person.standing})"
            for depth, person in enumerate(explanation.chain, start=1)
        ]
        yield _("Upline when paid: %(people)s") % {"people": "; ".join(people)}
    if explanation.plan:
        yield _("Plan in force when paid: %(plan)s") % {"plan": explanation.plan}


def _earlier(
    earlier: EarlierBooking, explanation: OrderExplanation, currency: str
) -> Iterator[str]:
    yield _("Until %(moment)s it counted for: %(who)s (%(how)s)") % {
        "moment": moment_text(earlier.until, explanation.order),
        "who": earlier.attribution.distributor or "—",
        "how": earlier.attribution.get_method_display(),
    }
    for row in earlier.rows:
        sale = row.commission
        yield INDENT + _(
            "%(who)s, %(kind)s %(depth)s: %(amount)s; taken back %(refunds)s by refunds, "
            "%(appeal)s by the appeal"
        ) % {
            "who": sale.beneficiary.code,
            "kind": sale.get_kind_display(),
            "depth": sale.depth,
            "amount": money_text(sale.amount, currency),
            "refunds": money_text(row.by_refunds, currency),
            "appeal": money_text(row.by_appeal, currency),
        }


def _line(line: LineStory, currency: str) -> Iterator[str]:
    yield f"{line.line.line_no}. {line.line.title} ({line.line.sku.code})"
    if line.base:
        yield INDENT + _("Base: %(base)s") % {"base": line.base}
    if line.ceiling:
        yield INDENT + line.ceiling
    for story in line.paid:
        yield from _paid(story, currency)
    for story in line.unpaid:
        yield f"{INDENT}{_title(story)}: {story.reason}"
    for bonus in line.bonuses:
        yield INDENT + _("%(who)s, stage bonus of a period: %(amount)s") % {
            "who": bonus.beneficiary.code,
            "amount": money_text(bonus.amount, currency),
        }
    if line.base and not (line.paid or line.unpaid or line.bonuses):
        yield INDENT + _("There was nobody to earn anything.")


def _title(story: CandidateStory) -> str:
    title = f"{story.person}, {story.kind_name}"
    return title if story.depth is None else f"{title} {story.depth}"


def _paid(story: CandidateStory, currency: str) -> Iterator[str]:
    inner = INDENT * 2
    yield f"{INDENT}{_title(story)}: {money_text(story.amount, currency)}"
    yield inner + _("rule %(path)s: %(rule)s") % {"path": story.rule_path, "rule": story.rule}
    yield inner + story.formula
    if story.scaled:
        yield inner + story.scaled
    for share in story.refunds:
        yield inner + _refund(share, currency)
    if story.refunds:
        yield inner + _("Left: %(amount)s") % {"amount": money_text(story.left, currency)}
    yield inner + story.release


def _refund(share: RefundShare, currency: str) -> str:
    taken = money_text(abs(share.taken), currency)
    values = {
        "number": share.refund.refund_no,
        "refunded": money_text(abs(share.refund.amount), currency),
        "formula": share.formula,
    }
    told = _("Refund %(number)s of %(refunded)s: %(formula)s") % values
    if share.taken < 0:
        told += pgettext("refund", "; given back %(amount)s") % {"amount": taken}
    else:
        told += pgettext("refund", "; taken back %(amount)s") % {"amount": taken}
    return f"{told} ({share.note})" if share.note else told


def _verdict(explanation: OrderExplanation) -> Iterator[str]:
    if explanation.waiting:
        yield explanation.waiting
        return
    if not explanation.differences:
        yield _("Recomputed: equal to the rows that are stored.")
    for each in explanation.differences:
        yield _("ALARM, line %(number)s: %(difference)s") % {
            "number": each.line_no,
            "difference": each.said,
        }
