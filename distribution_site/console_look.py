"""How the operator console looks and what its menu offers: the UNFOLD setting."""

from collections.abc import Callable
from typing import Any

from django.http import HttpRequest
from django.templatetags.static import static
from django.urls import reverse, reverse_lazy
from django.utils.translation import gettext_lazy as _


def _shown_to(permission: str) -> Callable[[HttpRequest], bool]:
    return lambda request: request.user.has_perm(permission)


def _active_below(url_name: str, path: str | None) -> Callable[[HttpRequest], bool]:
    def is_active(request: HttpRequest) -> bool:
        home = reverse("admin:index")
        below = f"{home}{path}" if path else reverse(url_name)
        return request.path.startswith(below) if below != home else request.path == home

    return is_active


def item(
    title: Any, icon: str, url_name: str, permission: str | None = None, path: str | None = None
) -> dict[str, Any]:
    """One line of the menu; `path`: also lit on pages below it, from the console's root."""
    entry = {
        "title": title,
        "icon": icon,
        "link": reverse_lazy(url_name),
        "active": _active_below(url_name, path),
    }
    return {**entry, "permission": _shown_to(permission)} if permission else entry


NAVIGATION = [
    {"items": [item(_("Home"), "home", "admin:index")]},
    {
        "title": _("Distributors"),
        "items": [
            item(
                _("All distributors"),
                "group",
                "admin:distributors_distributor_changelist",
                "distributors.view_distributor",
                "distributors/distributor/",
            ),
            item(
                _("Applications"),
                "person_add",
                "admin:joining_application_changelist",
                "joining.view_application",
                "joining/application/",
            ),
            item(
                _("Team tree"),
                "account_tree",
                "console:tree",
                "distributors.view_distributor",
                "tree/",
            ),
            item(
                _("Changes of upline"),
                "move_up",
                "admin:distributors_treemove_changelist",
                "distributors.view_treemove",
                "distributors/treemove/",
            ),
            item(
                _("Violations"),
                "gavel",
                "admin:price_control_violation_changelist",
                "price_control.view_violation",
                "price_control/violation/",
            ),
            item(
                _("Possible duplicates"),
                "content_copy",
                "admin:distributors_duplicateflag_changelist",
                "distributors.view_duplicateflag",
            ),
            item(
                _("Stores"),
                "store",
                "admin:distributors_store_changelist",
                "distributors.view_store",
            ),
        ],
    },
    {
        "title": _("Levels"),
        "items": [
            item(
                _("All levels"),
                "military_tech",
                "admin:distributors_level_changelist",
                "distributors.view_level",
                "distributors/level/",
            ),
            item(
                _("Level changes"),
                "trending_up",
                "admin:distributors_levelchange_changelist",
                "distributors.view_levelchange",
                "distributors/levelchange/",
            ),
            item(
                _("Grace periods"),
                "hourglass_bottom",
                "admin:distributors_levelgrace_changelist",
                "distributors.view_levelgrace",
                "distributors/levelgrace/",
            ),
        ],
    },
    {
        "title": _("Customers"),
        "items": [
            item(
                _("All customers"),
                "person",
                "admin:distributors_customer_changelist",
                "distributors.view_customer",
                "distributors/customer/",
            ),
            item(
                _("Bindings"),
                "link",
                "admin:distributors_binding_changelist",
                "distributors.view_binding",
                "distributors/binding/",
            ),
            item(
                _("Refused attempts"),
                "block",
                "admin:distributors_bindingattempt_changelist",
                "distributors.view_bindingattempt",
                "distributors/bindingattempt/",
            ),
        ],
    },
    {
        "title": _("Promotion"),
        "items": [
            item(
                _("Promotion figures"),
                "filter_alt",
                "console:promotion_figures",
                "promotion.view_click",
                "promotion-figures/",
            ),
            item(
                _("Promo links"),
                "share",
                "admin:promotion_promolink_changelist",
                "promotion.view_promolink",
                "promotion/promolink/",
            ),
            item(
                _("Materials"),
                "perm_media",
                "admin:promotion_material_changelist",
                "promotion.view_material",
            ),
            item(
                _("Coupons"),
                "confirmation_number",
                "admin:orders_coupon_changelist",
                "orders.view_coupon",
            ),
            item(
                _("Uses of coupons"),
                "sell",
                "admin:orders_couponuse_changelist",
                "orders.view_couponuse",
            ),
            item(
                _("Clicks"),
                "ads_click",
                "admin:promotion_click_changelist",
                "promotion.view_click",
            ),
        ],
    },
    {
        "title": _("Products"),
        "items": [
            item(
                _("All products"),
                "inventory_2",
                "admin:products_product_changelist",
                "products.view_product",
            ),
            item(
                _("Categories"),
                "category",
                "console:categories",
                "products.view_category",
                "products/category/",
            ),
            item(
                _("Stock"),
                "shelves",
                "admin:products_sku_changelist",
                "products.view_sku",
                "products/sku/",
            ),
            item(
                _("Stock movements"),
                "swap_vert",
                "admin:products_stockmovement_changelist",
                "products.view_stockmovement",
            ),
            item(
                _("Warehouses"),
                "warehouse",
                "admin:products_warehouse_changelist",
                "products.view_warehouse",
            ),
            item(
                _("Suppliers"),
                "local_shipping",
                "admin:products_supplier_changelist",
                "products.view_supplier",
            ),
            item(
                _("Campaigns"),
                "campaign",
                "admin:products_campaign_changelist",
                "products.view_campaign",
            ),
        ],
    },
    {
        "title": _("Orders"),
        "items": [
            item(
                _("All orders"),
                "receipt_long",
                "admin:orders_order_changelist",
                "orders.view_order",
                "orders/order/",
            ),
            item(
                _("Refunds"),
                "assignment_return",
                "admin:orders_refund_changelist",
                "orders.view_refund",
                "orders/refund/",
            ),
            item(
                _("Payments"),
                "payments",
                "admin:payments_payment_changelist",
                "payments.view_payment",
                "payments/payment/",
            ),
            item(
                _("Payments needing attention"),
                "report",
                "admin:payments_paymentflag_changelist",
                "payments.view_paymentflag",
                "payments/paymentflag/",
            ),
            item(
                _("Proofs of transfer"),
                "receipt",
                "admin:payments_transferproof_changelist",
                "payments.view_transferproof",
                "payments/transferproof/",
            ),
            item(
                _("Refunds through providers"),
                "undo",
                "admin:payments_paymentrefund_changelist",
                "payments.view_paymentrefund",
                "payments/paymentrefund/",
            ),
            item(
                _("Payment notices"),
                "mark_email_unread",
                "admin:payments_paymentnotice_changelist",
                "payments.view_paymentnotice",
                "payments/paymentnotice/",
            ),
            item(
                _("Product reviews"),
                "reviews",
                "admin:orders_review_changelist",
                "orders.view_review",
                "orders/review/",
            ),
            item(
                _("Shop rules"),
                "local_shipping",
                "console:shop_rules",
                "orders.view_shopsettings",
                "shop-rules/",
            ),
            item(
                _("Appeals"),
                "gavel",
                "admin:commissions_appeal_changelist",
                "commissions.view_appeal",
                "commissions/appeal/",
            ),
        ],
    },
    {
        "title": _("Commission"),
        "items": [
            item(
                _("Plans"),
                "rule_settings",
                "admin:commissions_plan_changelist",
                "commissions.view_plan",
                "commissions/plan/",
            ),
            item(
                _("Simulations"),
                "science",
                "admin:commissions_simulation_changelist",
                "commissions.view_simulation",
                "commissions/simulation/",
            ),
            item(
                _("Commissions"),
                "paid",
                "admin:commissions_commission_changelist",
                "commissions.view_commission",
            ),
            item(
                _("Stage bonuses"),
                "trophy",
                "admin:commissions_bonusperiod_changelist",
                "commissions.view_bonusperiod",
                "commissions/bonusperiod/",
            ),
            item(
                _("Ranking"),
                "leaderboard",
                "console:ranking",
                "commissions.view_commission",
                "ranking/",
            ),
            item(
                _("Stage runs"),
                "schedule",
                "admin:commissions_stagerun_changelist",
                "commissions.view_stagerun",
                "commissions/stagerun/",
            ),
        ],
    },
    {
        "title": _("Money"),
        "items": [
            item(
                _("Withdrawals"),
                "account_balance_wallet",
                "admin:payouts_withdrawal_changelist",
                "payouts.view_withdrawal",
                "payouts/withdrawal/",
            ),
            item(
                _("Payout batches"),
                "payments",
                "admin:payouts_payoutbatch_changelist",
                "payouts.view_payoutbatch",
                "payouts/payoutbatch/",
            ),
            item(
                _("Reconciliation"),
                "verified",
                "console:reconcile",
                "insights.view_reconcilerun",
                "reconcile/",
            ),
            item(
                _("Payout stops"),
                "front_hand",
                "admin:payouts_payoutfreeze_changelist",
                "payouts.view_payoutfreeze",
            ),
            item(_("Debts"), "money_off", "console:debts", "ledger.view_wallet", "debts/"),
            item(
                _("Debt write-offs"),
                "playlist_remove",
                "admin:payouts_debtwriteoff_changelist",
                "payouts.view_debtwriteoff",
                "payouts/debtwriteoff/",
            ),
            item(_("Wallets"), "wallet", "admin:ledger_wallet_changelist", "ledger.view_wallet"),
            item(
                _("Ledger"), "menu_book", "admin:ledger_transfer_changelist", "ledger.view_transfer"
            ),
        ],
    },
    {
        "title": _("Settings"),
        "items": [
            item(
                _("Merchant"),
                "storefront",
                "admin:merchants_merchant_changelist",
                "merchants.view_merchant",
            ),
            item(
                _("Ways to pay"),
                "credit_card",
                "console:payment_settings",
                "payments.view_paymentsettings",
            ),
            item(
                _("Joining policy"),
                "how_to_reg",
                "console:joining_policy",
                "joining.view_joiningpolicy",
                "joining/policy/",
            ),
            item(
                _("Binding policy"),
                "tune",
                "console:binding_policy",
                "distributors.view_bindingpolicy",
                "binding-policy/",
            ),
            item(
                _("Standing rules"),
                "policy",
                "console:standing_rules",
                "price_control.view_ladder",
                "standing-rules/",
            ),
            item(
                _("Agreements"),
                "contract",
                "admin:merchants_agreement_changelist",
                "merchants.view_agreement",
                "merchants/agreement/",
            ),
            item(
                _("Accepted agreements"),
                "verified_user",
                "admin:merchants_agreementacceptance_changelist",
                "merchants.view_agreementacceptance",
                "merchants/agreementacceptance/",
            ),
            item(
                _("Staff"),
                "badge",
                "admin:merchants_staffmembership_changelist",
                "merchants.view_staffmembership",
            ),
        ],
    },
]

UNFOLD = {
    "SITE_TITLE": _("Distribution console"),
    "SITE_HEADER": _("Distribution console"),
    "SITE_SUBHEADER": "apps.console.context_processors.current_merchant_name",
    "SITE_DROPDOWN": "apps.console.context_processors.merchant_choices",
    "SITE_SYMBOL": "account_tree",
    "SITE_URL": None,
    "SITE_FAVICONS": [
        {
            "rel": "icon",
            "type": "image/svg+xml",
            "href": lambda request: static("icons/favicon.svg"),
        }
    ],
    "SHOW_LANGUAGES": True,
    "SHOW_HISTORY": False,
    "SHOW_BACK_BUTTON": False,
    "BORDER_RADIUS": "8px",
    # Colours stand in this file, not in an inline style sheet.
    "STYLES": [lambda request: static("console/console.css")],
    "DASHBOARD_CALLBACK": "apps.console.views.home.dashboard_context",
    "SIDEBAR": {"show_search": False, "navigation": NAVIGATION},
}
