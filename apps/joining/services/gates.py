"""Who is let in to begin with: inviters, purchases, accounts."""

from django.utils.translation import gettext as _

from apps.accounts.models import User
from apps.distributors.models import Distributor
from apps.distributors.services.banned import are_banned, phone_hash
from apps.joining.models import JoiningPolicy
from apps.joining.selectors import order_of_buyer, qualifies_by_purchase
from apps.joining.services.refusals import JoiningRefused
from apps.merchants.models import Merchant
from apps.orders.models import Order

Way = JoiningPolicy.Way


def unknown_invite_code() -> str:
    """The one answer for a code that is nobody's and for one of another merchant."""
    return _("This invite code is not known here. Ask the person who invited you for their link.")


def check_inviter(policy: JoiningPolicy, inviter: Distributor | None) -> None:
    """Raises JoiningRefused without an inviter where one is needed, and for one who cannot recruit.

    An inviter of another merchant is refused as an unknown code is.
    """
    if inviter is None:
        if policy.way == Way.INVITATION:
            raise JoiningRefused(
                _("Here people join by invitation only. Enter the invite code you were given.")
            )
        return
    if inviter.merchant_id != policy.merchant_id:
        raise JoiningRefused(unknown_invite_code())
    if not inviter.is_active:
        raise JoiningRefused(
            _(
                "%(name)s cannot invite anybody at the moment. Ask somebody else who sells here, "
                "or the merchant."
            )
            % {"name": inviter.name}
        )


def check_purchase(policy: JoiningPolicy, order_no: str, phone: str) -> Order | None:
    """The order that lets its buyer join; None where no purchase is asked for.

    Raises JoiningRefused with the same answer for an order number that is unknown, unpaid or
    somebody else's; and when too little was bought and kept.
    """
    if policy.way != Way.PURCHASE:
        return None
    order = order_of_buyer(policy.merchant, order_no, phone) if order_no.strip() else None
    if order is None:
        raise JoiningRefused(
            _(
                "We find no paid order with this number and this phone number. Take both from the "
                "page of your order."
            )
        )
    if not qualifies_by_purchase(policy, order):
        raise JoiningRefused(
            _("What you bought and kept is not enough to join yet. The conditions stand above.")
        )
    return order


def check_not_banned(merchant: Merchant, phone: str, id_hash: str) -> None:
    """Raises JoiningRefused for the phone or ID number of somebody the merchant has banned."""
    if are_banned(merchant, filter(None, [phone_hash(merchant, phone), id_hash])):
        raise JoiningRefused(
            _("This merchant does not take your application. Ask them if this is a mistake.")
        )


def check_account(merchant: Merchant, phone: str, user: User | None) -> None:
    """Raises JoiningRefused unless this phone is free, or the account signed in has it.

    Also for an account that already is a distributor here.
    """
    if user is not None and Distributor.objects.filter(merchant=merchant, user=user).exists():
        raise JoiningRefused(_("You are a distributor here already."))
    if user is not None and user.phone and str(user.phone) != phone:
        raise JoiningRefused(_("Use the phone number that you sign in with."))
    owner = User.objects.filter(phone=phone).first()
    if owner is not None and owner != user:
        raise JoiningRefused(
            _("This phone number has an account already. Sign in with it first, then join.")
        )
