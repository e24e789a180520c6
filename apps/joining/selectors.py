"""Who may join, who invites, and whom an application resembles."""

from dataclasses import dataclass
from typing import Any

from django.db.models import F, QuerySet, Sum
from django_scopes import scopes_disabled

from apps.accounts.models import User
from apps.core.fields import MoneyField
from apps.distributors.models import Distributor
from apps.joining.models import (
    QUESTIONS,
    Application,
    IdentityReveal,
    JoiningPolicy,
    Review,
    Submission,
)
from apps.merchants.models import Merchant
from apps.orders.models import PAID_STATUSES, Order, OrderLine

Status = Application.Status


def policy_of(merchant: Merchant) -> JoiningPolicy:
    """The merchant's policy; one that lets nobody in where none was ever saved."""
    found = JoiningPolicy.objects.filter(merchant=merchant).first()
    return found or JoiningPolicy(merchant=merchant)


def active_merchant(code: str) -> Merchant | None:
    """The merchant behind a joining address, unless it is closed."""
    return Merchant.objects.filter(code=code, is_active=True).first()


def inviter_of(code: str, merchant: Merchant | None = None) -> Distributor | None:
    """Whose invite code this is, whatever their standing: a code of another merchant is unknown.

    The shop's random code serves as invite code. Without `merchant`, the merchant is the code's.
    """
    code = code.strip().lower()
    if not code:
        return None
    with scopes_disabled():
        found = Distributor.objects.filter(shop_code=code, merchant__is_active=True)
        if merchant is not None:
            found = found.filter(merchant=merchant)
        return found.select_related("merchant").first()


def order_of_buyer(merchant: Merchant, order_no: str, phone: str) -> Order | None:
    """The paid order with this number, if the buyer has this phone (E.164)."""
    found = Order.objects.filter(
        merchant=merchant,
        order_no=order_no.strip(),
        customer__identifier=phone,
        status__in=PAID_STATUSES,
    )
    return found.select_related("distributor").order_by("pk").first()


def net_purchases(order: Order) -> QuerySet[OrderLine]:
    """The paid lines of this order's buyer of which something was kept, refunds taken off."""
    return OrderLine.objects.filter(
        order__customer_id=order.customer_id,
        order__status__in=PAID_STATUSES,
        paid_amount__gt=F("refunded_amount"),
    )


def qualifies_by_purchase(policy: JoiningPolicy, order: Order) -> bool:
    """Whether what this order's buyer bought and kept, in all their orders, lets them join."""
    lines = net_purchases(order)
    if policy.purchase == JoiningPolicy.Purchase.GOODS:
        lines = lines.filter(sku__product__in=policy.purchase_products.all())
    if policy.purchase != JoiningPolicy.Purchase.AMOUNT:
        return lines.exists()
    net = F("paid_amount") - F("refunded_amount")
    kept = lines.aggregate(sum=Sum(net, output_field=MoneyField()))["sum"] or 0
    return kept >= policy.purchase_amount


def duplicates_of(
    *, merchant: Merchant, phone: str, id_hash: str = "", user: User | None = None
) -> list[dict[str, Any]]:
    """Who else has this phone or ID number: kind, words and ids, for the reviewer.

    Earlier applications of the same phone or account are the same person's.
    """
    found = [
        {"kind": "phone", "who": str(each), "distributor": each.pk}
        for each in Distributor.objects.filter(merchant=merchant, phone=phone)
    ]
    if not id_hash:
        return found
    same = Submission.objects.filter(merchant=merchant, id_hash=id_hash)
    same = same.exclude(application__phone=phone).exclude(application__status=Status.WITHDRAWN)
    if user is not None:
        same = same.exclude(application__user=user)
    applications = Application.objects.filter(pk__in=same.values("application"))
    return found + [
        {
            "kind": "id_number",
            "who": str(each),
            "application": each.pk,
            "distributor": each.distributor_id,
        }
        for each in applications.order_by("pk")
    ]


def id_hashes_of(distributor: Distributor) -> set[str]:
    """Keyed hashes of the ID numbers this person gave when they applied. One query."""
    given = Submission.objects.filter(application__distributor=distributor).exclude(id_hash="")
    return set(given.values_list("id_hash", flat=True))


def questions_of(policy: JoiningPolicy) -> dict[str, Any]:
    """What the merchant asks in words, by name, with its label."""
    return {
        name: label
        for name, label in QUESTIONS.items()
        if policy.asked(name) != JoiningPolicy.Ask.NO
    }


def waiting_applications() -> int:
    """How many applications await a review, over the active scope."""
    return Application.objects.filter(status=Status.SUBMITTED).count()


@dataclass(frozen=True, slots=True)
class ApplicationStory:
    """One application: every form that was sent, every decision, and who looked at what."""

    latest: Submission
    submissions: list[Submission]
    reviews: list[Review]
    reveals: list[IdentityReveal]


def application_story(application: Application) -> ApplicationStory:
    """All of it, newest first, in four queries."""
    submissions = list(
        application.submissions.select_related("agreement")
        .prefetch_related("attachments")
        .order_by("-number")
    )
    return ApplicationStory(
        latest=submissions[0],
        submissions=submissions,
        reviews=list(application.reviews.select_related("reviewer", "submission").order_by("-pk")),
        reveals=list(
            IdentityReveal.objects.filter(submission__application=application)
            .select_related("revealed_by", "submission")
            .order_by("-pk")
        ),
    )


def answers_of(submission: Submission) -> list[tuple[str, Any, str]]:
    """Name, label and text of everything that was answered, in the order of the form."""
    return [
        (name, label, submission.answers[name])
        for name, label in QUESTIONS.items()
        if name in submission.answers
    ]
