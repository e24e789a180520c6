"""Which merchants a member of staff may enter and are in; which agreement is in force."""

from django.db.models import Exists, OuterRef, QuerySet
from django_scopes import scopes_disabled

from apps.merchants.models import Agreement, AgreementAcceptance, Merchant, StaffMembership

SESSION_KEY = "merchant"


def merchants_of_staff(user) -> QuerySet[Merchant]:
    """Active merchants whose console the user may enter: all for a platform owner, else by role."""
    if not user.is_authenticated or not user.is_active:
        return Merchant.objects.none()
    merchants = Merchant.objects.order_by("code")
    if user.is_superuser:
        return merchants
    with scopes_disabled():
        own = StaffMembership.objects.filter(user=user).values("merchant")
        return merchants.filter(is_active=True, pk__in=own)


def current_merchant(user, session) -> Merchant | None:
    """The merchant chosen in this session; else the only or first one of a member of staff.

    A platform owner who has chosen none sees all merchants at once: None.
    """
    merchants = merchants_of_staff(user)
    chosen = session.get(SESSION_KEY)
    merchant = merchants.filter(pk=chosen).first() if chosen else None
    if merchant is None and not user.is_superuser:
        merchant = merchants.first()
    return merchant


def current_agreement(merchant: Merchant) -> Agreement | None:
    """The version in force: the newest published one, if any."""
    published = Agreement.objects.filter(merchant=merchant, published_at__isnull=False)
    return published.order_by("-number").first()


def agreement_to_accept(merchant: Merchant, user) -> Agreement | None:
    """The version in force if `user` has not agreed to it yet. One query."""
    accepted = AgreementAcceptance.objects.filter(agreement=OuterRef("pk"), user=user)
    published = Agreement.objects.filter(merchant=merchant, published_at__isnull=False)
    newest = published.annotate(is_accepted=Exists(accepted)).order_by("-number").first()
    return None if newest is None or newest.is_accepted else newest
