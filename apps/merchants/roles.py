"""What each staff role may do, as Django permissions, decided afresh on every request.

One table instead of rows in auth_group: a role cannot drift between merchants, and a change of
role or its removal takes effect at once.
"""

from django.contrib.auth.backends import BaseBackend
from django_scopes import get_scope, scopes_disabled

from apps.merchants.models import StaffMembership

Role = StaffMembership.Role

VIEWED_BY_ALL = {
    "merchants": ["merchant", "staffmembership", "agreement", "agreementacceptance"],
    "products": [
        "category",
        "product",
        "productpicture",
        "sku",
        "supplier",
        "warehouse",
        "warehousestock",
        "stockmovement",
        "levelprice",
        "campaign",
        "campaignline",
    ],
    "distributors": [
        "level",
        "levelchange",
        "levelgrace",
        "treemove",
        "movepolicy",
        "distributor",
        "distributorevent",
        "duplicateflag",
        "treemove",
        "movepolicy",
        "store",
        "customer",
        "binding",
        "bindingattempt",
        "bindingpolicy",
        "standingpolicy",
        "suspension",
        "ban",
    ],
    "price_control": [
        "violation",
        "violationfile",
        "measure",
        "appeal",
        "appealanswer",
        "ladder",
    ],
    "orders": [
        "order",
        "orderline",
        "refund",
        "refundfile",
        "review",
        "reviewfile",
        "shippingproblem",
        "shopsettings",
        "coupon",
        "coupongoods",
        "couponuse",
    ],
    "promotion": [
        "attribution",
        "click",
        "promolink",
        "material",
        "materialfile",
        "materialuse",
        "promotionpolicy",
    ],
    "payments": [
        "payment",
        "paymentnotice",
        "paymentrefund",
        "paymentflag",
        "transferproof",
        "paymentsettings",
    ],
    "ledger": ["wallet", "account", "transfer"],
    "commissions": [
        "plan",
        "orderbooking",
        "commission",
        "release",
        "refundbooking",
        "rebooking",
        "appeal",
        "bonusperiod",
        "stagerun",
        "simulation",
    ],
    "payouts": [
        "payoutaccount",
        "withdrawal",
        "payoutbatch",
        "payout",
        "payoutfreeze",
        "debtwriteoff",
        "finalsettlement",
    ],
    "joining": ["joiningpolicy", "application", "submission", "attachment", "review"],
    "insights": ["reconcilerun", "rankingsnapshot"],
}
GOODS_AND_PEOPLE = {
    "products.add_category",
    "products.change_category",
    "products.delete_category",
    "products.add_product",
    "products.change_product",
    "products.add_sku",
    "products.change_sku",
    "products.add_supplier",
    "products.change_supplier",
    "products.add_warehouse",
    "products.change_warehouse",
    "products.add_stockmovement",
    "products.add_campaign",
    "products.change_campaign",
    "products.add_campaignline",
    "products.change_campaignline",
    "products.delete_campaignline",
    "distributors.add_level",
    "distributors.change_level",
    "distributors.add_distributor",
    "distributors.change_distributor",
    "distributors.add_treemove",
    "distributors.change_treemove",
    "distributors.add_store",
    "distributors.change_store",
    "distributors.add_binding",
    "distributors.change_binding",
    "distributors.add_bindingpolicy",
    "commissions.change_appeal",
    "orders.add_order",
    "orders.change_order",
    "orders.add_refund",
    "orders.change_refund",
    "orders.change_review",
    "orders.change_shopsettings",
    "orders.add_coupon",
    "orders.change_coupon",
    "orders.add_coupongoods",
    "orders.change_coupongoods",
    "orders.delete_coupongoods",
}
STANDING = {
    "distributors.add_standingpolicy",
    "distributors.add_ban",
    "distributors.change_ban",
    "price_control.add_ladder",
    "price_control.add_violation",
    "price_control.add_measure",
    "price_control.add_appealanswer",
}
JOINING = {
    "joining.change_joiningpolicy",
    "joining.change_application",
    "distributors.change_duplicateflag",
    "merchants.add_agreement",
    "merchants.change_agreement",
}
MONEY_IN = {
    "payments.change_paymentflag",
    "payments.change_paymentrefund",
    "payments.change_transferproof",
}
# Whoever sets the account that customers transfer to could send their money anywhere.
SET_PAYMENTS = {"payments.add_paymentsettings"}
PROMOTION = {
    "promotion.change_promolink",
    "promotion.add_material",
    "promotion.change_material",
    "promotion.change_promotionpolicy",
}
SEE_IDENTITIES = {"joining.add_identityreveal"}
PLANS = {"commissions.add_plan", "commissions.change_plan", "commissions.add_simulation"}
RUN_STAGES = {"commissions.add_stagerun"}
PROVE_BOOKS = {"insights.add_reconcilerun"}
SAVE_RANKINGS = {"insights.add_rankingsnapshot"}
MONEY_OUT = {
    "payouts.change_withdrawal",
    "payouts.add_payoutbatch",
    "payouts.change_payoutbatch",
    "payouts.change_payout",
    "payouts.add_debtwriteoff",
    "payouts.change_debtwriteoff",
    "payouts.add_finalsettlement",
}
# Whoever asks for moves does not set the limit above which somebody else must approve them.
SET_LIMITS = {"distributors.change_movepolicy"}
GO_ON = {"payouts.change_payoutfreeze"}
STAFF = {
    "merchants.change_merchant",
    "merchants.add_staffmembership",
    "merchants.change_staffmembership",
    "merchants.delete_staffmembership",
}
VIEW = {f"{app}.view_{model}" for app, models in VIEWED_BY_ALL.items() for model in models}

ROLE_PERMISSIONS: dict[str, frozenset[str]] = {
    Role.VIEWER: frozenset(VIEW),
    Role.OPERATOR: frozenset(
        VIEW
        | GOODS_AND_PEOPLE
        | STANDING
        | JOINING
        | PROMOTION
        | PLANS
        | RUN_STAGES
        | SAVE_RANKINGS
        | MONEY_IN
    ),
    Role.FINANCE: frozenset(
        VIEW
        | MONEY_IN
        | MONEY_OUT
        | PROVE_BOOKS
        | SAVE_RANKINGS
        | SEE_IDENTITIES
        | {"orders.change_refund"}
    ),
    Role.OWNER: frozenset(
        VIEW
        | GOODS_AND_PEOPLE
        | STANDING
        | JOINING
        | PROMOTION
        | PLANS
        | RUN_STAGES
        | SAVE_RANKINGS
        | MONEY_IN
        | SET_PAYMENTS
        | MONEY_OUT
        | PROVE_BOOKS
        | SEE_IDENTITIES
        | GO_ON
        | STAFF
        | SET_LIMITS
    ),
}


def role_at_current_merchant(user) -> str | None:
    """The user's role at the merchant whose scope is active, or None. One query per user object."""
    merchant = get_scope().get("merchant")
    if merchant is None or not user.is_active or user.is_anonymous:
        return None
    if not hasattr(user, "_roles_by_merchant"):
        with scopes_disabled():
            user._roles_by_merchant = dict(
                StaffMembership.objects.filter(user=user).values_list("merchant_id", "role")
            )
    return user._roles_by_merchant.get(merchant.pk)


class MerchantRoleBackend(BaseBackend):
    """Answers `user.has_perm` from the role at the current merchant. Signs nobody in."""

    def get_all_permissions(self, user_obj, obj=None) -> set[str]:
        return set(ROLE_PERMISSIONS.get(role_at_current_merchant(user_obj), ()))

    def has_perm(self, user_obj, perm, obj=None) -> bool:
        return perm in ROLE_PERMISSIONS.get(role_at_current_merchant(user_obj), ())

    def has_module_perms(self, user_obj, app_label: str) -> bool:
        permissions = ROLE_PERMISSIONS.get(role_at_current_merchant(user_obj), ())
        return any(permission.startswith(f"{app_label}.") for permission in permissions)
