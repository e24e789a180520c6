"""Every address of the site, and what each kind of visitor gets there.

`mine` is merchant A, whose rows fill the addresses; `neighbour` owns merchant B.
"""

from dataclasses import dataclass, field

STAFF = frozenset({"viewer", "operator", "finance", "owner", "platform"})
OPERATORS = frozenset({"operator", "owner", "platform"})
MONEY = frozenset({"finance", "owner", "platform"})
REFUNDERS = OPERATORS | MONEY
OWNERS = frozenset({"owner", "platform"})
PLATFORM = frozenset({"platform"})
NOBODY = frozenset()
PUBLIC = STAFF | {"anonymous", "distributor", "stranger", "neighbour"}
DISTRIBUTORS = frozenset({"distributor", "stranger"})
NOT_THERE = {"anonymous": 404}
VISITORS = tuple(sorted(PUBLIC))


@dataclass(frozen=True)
class Page:
    """One address. `ok`: what those allowed get; `row`: it shows one row of merchant A."""

    route: str
    allowed: frozenset
    ok: int = 200
    row: str = ""
    is_step: bool = False
    special: dict[str, int] = field(default_factory=dict)

    def expected(self, visitor: str) -> int:
        """The status of a GET by `visitor`."""
        if visitor in self.special:
            return self.special[visitor]
        if visitor == "anonymous":
            return 200 if self.allowed == PUBLIC else 302
        if self.allowed == PUBLIC:
            return self.ok
        if self.allowed == DISTRIBUTORS:
            if visitor not in DISTRIBUTORS:
                return 403
            return 404 if self.row and visitor == "stranger" else self.ok
        if visitor in DISTRIBUTORS:
            return 404
        if visitor == "neighbour":
            # An owner, but of merchant B: what is A's is absent, not forbidden.
            if "owner" not in self.allowed:
                return 403
            return 404 if self.row else self.ok
        return self.ok if visitor in self.allowed else 403


def page(route: str, allowed: frozenset, **kwargs) -> Page:
    return Page(f"console/{route}", allowed, **kwargs)


def step(route: str, allowed: frozenset, row: str) -> Page:
    return page(route, allowed, row=row, is_step=True)


def model(
    name: str,
    *,
    add: frozenset = NOBODY,
    add_ok: int = 200,
    change_ok: int = 200,
    delete: frozenset = NOBODY,
    imports: frozenset | None = None,
    exports: bool = False,
    view: frozenset = STAFF,
) -> list[Page]:
    """The pages that the admin makes for one model."""
    row = name.split("/")[1]
    # Accounts belong to no merchant; all other rows do.
    hidden = {"neighbour": 403 if view == PLATFORM else 404}
    pages = [
        page(f"{name}/", view),
        page(f"{name}/add/", add, ok=add_ok),
        page(f"{name}/<path:object_id>/history/", view, row=row),
        page(f"{name}/<path:object_id>/change/", view, row=row, ok=change_ok),
        page(f"{name}/<path:object_id>/delete/", delete, row=row, special=hidden),
        page(f"{name}/<path:object_id>/", STAFF, ok=302),
    ]
    if imports is not None:
        pages += [
            page(f"{name}/import/", imports),
            page(f"{name}/process_import/", STAFF, ok=405),
        ]
    if exports:
        pages.append(page(f"{name}/export/", view))
    return pages


PAGES = [
    # Everybody
    Page("", PUBLIC, ok=302, special={"anonymous": 302}),
    Page("accounts/login/", PUBLIC, ok=302, special={"anonymous": 200}),
    Page("accounts/logout/", PUBLIC, special={"anonymous": 302}),
    Page("accounts/welcome/<uidb64>/<token>/", PUBLIC),
    Page("accounts/inactive/", PUBLIC),
    Page("accounts/password/change/", PUBLIC, special={"anonymous": 302}),
    Page("i18n/setlang/", PUBLIC, ok=302, special={"anonymous": 302}),
    Page("s/<slug:shop_code>/", PUBLIC),
    Page("s/<slug:shop_code>/products/<int:pk>/", PUBLIC),
    Page("s/<slug:shop_code>/campaigns/<int:pk>/", PUBLIC),
    Page("s/<slug:shop_code>/checkout/", PUBLIC),
    Page("s/<slug:shop_code>/orders/<slug:order_no>/", PUBLIC, ok=404, special={"anonymous": 404}),
    Page("pay/notify/wechat/", PUBLIC, ok=405, special={"anonymous": 405}),
    Page("pay/notify/alipay/", PUBLIC, ok=405, special={"anonymous": 405}),
    *(
        Page(f"pay/<slug:merchant_code>/<slug:order_no>/{path}", PUBLIC, ok=404, special=NOT_THERE)
        for path in (
            "",
            "openid/",
            "transfer/",
            "a/<slug:number>/",
            "a/<slug:number>/state/",
            "a/<slug:number>/qr.svg",
        )
    ),
    Page(
        "pay/<slug:merchant_code>/<slug:order_no>/start/",
        PUBLIC,
        ok=405,
        special={"anonymous": 405},
    ),
    Page("s/<slug:shop_code>/reviews/<int:pk>/", PUBLIC, row="reviewfile"),
    Page("s/<slug:shop_code>/cart/", PUBLIC),
    Page("s/<slug:shop_code>/orders/", PUBLIC),
    Page("s/<slug:shop_code>/addresses/", PUBLIC),
    *(
        Page(f"s/<slug:shop_code>/{path}", PUBLIC, ok=405, special={"anonymous": 405})
        for path in (
            "cart/add/",
            "cart/<int:pk>/",
            "addresses/<int:pk>/forget/",
            "orders/<slug:order_no>/claim/",
            "orders/<slug:order_no>/paid/",
            "orders/<slug:order_no>/cancel/",
            "orders/<slug:order_no>/received/",
        )
    ),
    *(
        Page(
            f"s/<slug:shop_code>/orders/<slug:order_no>/lines/<int:number>/{name}/",
            PUBLIC,
            ok=404,
            special=NOT_THERE,
        )
        for name in ("refund", "review")
    ),
    Page("s/<slug:shop_code>/join/", PUBLIC),
    Page("r/<slug:code>", PUBLIC, ok=302, special={"anonymous": 302}),
    Page("join/<slug:merchant_code>/", PUBLIC),
    Page("join/<slug:merchant_code>/<slug:reference>/", PUBLIC, ok=404, special=NOT_THERE),
    Page("join/<slug:merchant_code>/<slug:reference>/change/", PUBLIC, ok=404, special=NOT_THERE),
    Page(
        "join/<slug:merchant_code>/<slug:reference>/withdraw/",
        PUBLIC,
        ok=405,
        special={"anonymous": 405},
    ),
    # Distributors
    *(
        Page(f"me/{path}", DISTRIBUTORS)
        for path in (
            "",
            "products/",
            "campaigns/",
            "coupons/",
            "orders/",
            "team/",
            "customers/",
            "appeals/",
            "appeals/new/",
            "ranking/",
            "share/",
            "promotion/",
            "materials/",
            "invite/",
            "agreement/",
            "earnings/",
            "withdraw/",
            "withdrawals/",
            "violations/",
            "level/",
            "account/",
            "account/shop/",
            "account/payout/",
        )
    ),
    Page("me/share/<slug:kind>/<int:target_id>/", DISTRIBUTORS, row="product"),
    Page("me/links/<slug:code>/qr.<str:image_format>", DISTRIBUTORS, row="promolink"),
    Page("me/links/<slug:code>/poster-<slug:look>.jpg", DISTRIBUTORS, row="promolink"),
    Page("me/materials/<int:pk>/", DISTRIBUTORS, row="material"),
    Page("me/materials/files/<int:pk>", DISTRIBUTORS, row="materialfile"),
    Page("me/materials/<int:pk>/copied/", PUBLIC, ok=405, special={"anonymous": 405}),
    Page("me/orders/<int:pk>/", DISTRIBUTORS, row="order"),
    Page("me/violations/<int:pk>/", DISTRIBUTORS, row="violation"),
    Page("me/violations/files/<int:pk>/", DISTRIBUTORS, row="violationfile"),
    Page("me/orders/<int:pk>/explain/", DISTRIBUTORS, row="order"),
    Page("me/customers/<int:pk>/", DISTRIBUTORS, row="customer"),
    Page("me/appeals/<int:pk>/withdraw/", PUBLIC, ok=405, special={"anonymous": 405}),
    Page("me/account/switch/", PUBLIC, ok=405, special={"anonymous": 405}),
    # The console's frame
    page("", STAFF),
    page("search/", STAFF),
    page("login/", STAFF, ok=302),
    page("logout/", STAFF, ok=405),
    page("password_change/", STAFF, ok=302),
    page("password_change/done/", STAFF, ok=302),
    page("autocomplete/", STAFF),
    page("jsi18n/", STAFF),
    page("merchant/", STAFF, ok=405),
    page(
        "^(?P<app_label>accounts|merchants|products|distributors|price_control|orders|promotion|"
        "payments|ledger|commissions|payouts|joining|insights)/$",
        STAFF,
    ),
    page("(?P<url>.*)$", STAFF, ok=404),
    # Its own pages
    page("tree/", STAFF),
    page("tree/<int:pk>/", STAFF, row="distributor"),
    page("tree/<int:pk>/branch/", STAFF, row="distributor"),
    page("ranking/", STAFF),
    page("ranking/file/", STAFF),
    page("ranking/save/", REFUNDERS, ok=405),
    page("insights/rankingsnapshot/<int:pk>/story/", STAFF, row="rankingsnapshot"),
    page("insights/rankingsnapshot/<int:pk>/file/", STAFF, row="rankingsnapshot"),
    page("reconcile/", STAFF),
    page("reconcile/<int:pk>/", STAFF, row="reconcilerun"),
    step("merchants/merchant/<int:pk>/reconcile/", MONEY, "merchant"),
    step("merchants/merchant/<int:pk>/run-stages/", OPERATORS, "merchant"),
    page("commissions/bonusperiod/<int:pk>/story/", STAFF, row="bonusperiod"),
    page("commissions/stagerun/<int:pk>/story/", STAFF, row="stagerun"),
    page("distributors/level/new/", OPERATORS),
    page("distributors/level/tonight/", STAFF),
    page("distributors/level/<int:pk>/story/", STAFF, row="level"),
    page("distributors/level/<int:pk>/edit/", OPERATORS, row="level"),
    page("distributors/levelchange/<int:pk>/story/", STAFF, row="levelchange"),
    page("distributors/levelgrace/<int:pk>/story/", STAFF, row="levelgrace"),
    page("distributors/distributor/<int:pk>/story/", STAFF, row="distributor"),
    *(
        step(f"distributors/distributor/<int:pk>/{name}/", OPERATORS, "distributor")
        for name in (
            "level",
            "suspend",
            "change-suspension",
            "reinstate",
            "terminate",
            "ban",
            "sign-in",
            "move",
        )
    ),
    step("distributors/ban/<int:pk>/lift/", OPERATORS, "ban"),
    page("distributors/distributor/<int:pk>/settlement/", STAFF, row="distributor"),
    step("distributors/distributor/<int:pk>/settle/", MONEY, "distributor"),
    page("standing-rules/", STAFF),
    step("merchants/merchant/<int:pk>/standing-policy/", OPERATORS, "merchant"),
    step("merchants/merchant/<int:pk>/ladder/", OPERATORS, "merchant"),
    page("price_control/violation/<int:pk>/story/", STAFF, row="violation"),
    step("price_control/violation/<int:pk>/decide/", OPERATORS, "violation"),
    step("price_control/appeal/<int:pk>/answer/", OPERATORS, "violationappeal"),
    page("price_control/file/<int:pk>/", STAFF, row="violationfile"),
    page("distributors/treemove/<int:pk>/story/", STAFF, row="treemove"),
    *(
        step(f"distributors/treemove/<int:pk>/{name}/", OPERATORS, "treemove")
        for name in ("approve", "reject", "cancel", "undo")
    ),
    step("merchants/merchant/<int:pk>/move-limit/", OWNERS, "merchant"),
    step("merchants/staffmembership/<int:pk>/sign-in/", OWNERS, "staffmembership"),
    step("distributors/distributor/<int:pk>/rehearse-move/", OPERATORS, "distributor"),
    page("orders/order/<int:pk>/story/", STAFF, row="order"),
    page("orders/order/<int:pk>/explain/", STAFF, row="order"),
    *(
        step(f"orders/order/<int:pk>/{name}/", OPERATORS, "pending")
        for name in ("confirm", "ship", "complete", "cancel", "close", "cannot-ship")
    ),
    step("orders/shippingproblem/<int:pk>/resolve/", OPERATORS, "shippingproblem"),
    page("products/category/tree/", STAFF),
    *(step(f"products/category/<int:pk>/{way}/", OPERATORS, "category") for way in ("up", "down")),
    page("products/product/<int:pk>/pictures/", STAFF, row="product"),
    *(
        step(f"products/product/<int:pk>/{name}/", OPERATORS, "product")
        for name in ("options", "pictures/add", "video")
    ),
    *(
        step(f"products/picture/<int:pk>/{name}/", OPERATORS, "productpicture")
        for name in ("describe", "up", "remove")
    ),
    page("products/sku/<int:pk>/story/", STAFF, row="sku"),
    *(
        step(f"products/sku/<int:pk>/{name}/", OPERATORS, "sku")
        for name in ("stock", "transfer", "level-prices", "terms")
    ),
    step("products/campaign/<int:pk>/stop/", OPERATORS, "campaign"),
    step("orders/coupon/<int:pk>/stop/", OPERATORS, "coupon"),
    step("orders/line/<int:pk>/refund/", OPERATORS, "line"),
    page("orders/refund/<int:pk>/story/", STAFF, row="refund"),
    step("orders/refund/<int:pk>/done/", REFUNDERS, "refund"),
    step("orders/refund/<int:pk>/reject/", REFUNDERS, "refund"),
    step("orders/refund/<int:pk>/undo/", REFUNDERS, "refund"),
    page("payments/payment/<int:pk>/story/", STAFF, row="payment"),
    page("payments/paymentflag/<int:pk>/story/", STAFF, row="paymentflag"),
    *(
        step(f"payments/paymentflag/<int:pk>/{name}/", REFUNDERS, "paymentflag")
        for name in ("note", "give-back", "accept")
    ),
    step("payments/paymentrefund/<int:pk>/retry/", REFUNDERS, "paymentrefund"),
    page("payments/transferproof/<int:pk>/story/", STAFF, row="transferproof"),
    step("payments/transferproof/<int:pk>/confirm/", REFUNDERS, "transferproof"),
    step("payments/transferproof/<int:pk>/reject/", REFUNDERS, "transferproof"),
    page("payments/file/<int:pk>/", STAFF, row="prooffile"),
    page("payment-settings/", STAFF),
    step("merchants/merchant/<int:pk>/payment-settings/", OWNERS, "merchant"),
    page("orders/refundfile/<int:pk>/", STAFF, row="refundfile"),
    page("orders/review/<int:pk>/story/", STAFF, row="review"),
    step("orders/review/<int:pk>/show/", OPERATORS, "review"),
    step("orders/review/<int:pk>/hide/", OPERATORS, "review"),
    page("orders/reviewfile/<int:pk>/", STAFF, row="reviewfile"),
    page("shop-rules/", STAFF),
    page("distributors/customer/<int:pk>/story/", STAFF, row="customer"),
    step("distributors/customer/<int:pk>/bind/", OPERATORS, "customer"),
    step("distributors/binding/<int:pk>/end/", OPERATORS, "binding"),
    page("binding-policy/", STAFF),
    step("merchants/merchant/<int:pk>/binding-policy/", OPERATORS, "merchant"),
    page("promotion-figures/", STAFF),
    page("promotion-figures/file/", STAFF),
    page("promotion/promolink/<int:pk>/story/", STAFF, row="promolink"),
    step("promotion/promolink/<int:pk>/revoke/", OPERATORS, "promolink"),
    page("promotion/materialfile/<int:pk>/file/", STAFF, row="materialfile"),
    step("merchants/merchant/<int:pk>/promotion-policy/", OPERATORS, "merchant"),
    page("commissions/appeal/<int:pk>/story/", STAFF, row="appeal"),
    step("commissions/appeal/<int:pk>/uphold/", OPERATORS, "appeal"),
    step("commissions/appeal/<int:pk>/reject/", OPERATORS, "appeal"),
    page("debts/", STAFF),
    step("distributors/distributor/<int:pk>/write-off/", MONEY, "distributor"),
    page("payouts/debtwriteoff/<int:pk>/story/", STAFF, row="debtwriteoff"),
    step("payouts/debtwriteoff/<int:pk>/approve/", MONEY, "debtwriteoff"),
    step("payouts/debtwriteoff/<int:pk>/reject/", MONEY, "debtwriteoff"),
    page("commissions/plan/new/", OPERATORS),
    page("commissions/plan/new/json/", OPERATORS),
    page("commissions/plan/<int:pk>/story/", STAFF, row="plan"),
    step("commissions/plan/<int:pk>/edit/", OPERATORS, "draft"),
    step("commissions/plan/<int:pk>/edit/json/", OPERATORS, "draft"),
    step("commissions/plan/<int:pk>/activate/", OPERATORS, "draft"),
    step("commissions/plan/<int:pk>/simulate/", OPERATORS, "draft"),
    page("commissions/simulation/<int:pk>/story/", STAFF, row="simulation"),
    page("payouts/withdrawal/<int:pk>/story/", STAFF, row="withdrawal"),
    *(
        step(f"payouts/withdrawal/<int:pk>/{name}/", MONEY, "withdrawal")
        for name in ("approve", "reject", "pay")
    ),
    page("payouts/payoutbatch/<int:pk>/story/", STAFF, row="payoutbatch"),
    *(
        step(f"payouts/payoutbatch/<int:pk>/{name}/", MONEY, "payoutbatch")
        for name in ("approve", "cancel", "file", "all-paid")
    ),
    step("payouts/payout/<int:pk>/paid/", MONEY, "payout"),
    step("payouts/payout/<int:pk>/failed/", MONEY, "payout"),
    step("payouts/payoutfreeze/<int:pk>/clear/", OWNERS, "payoutfreeze"),
    page("joining/policy/", STAFF),
    page("joining/application/<int:pk>/story/", STAFF, row="application"),
    *(
        step(f"joining/application/<int:pk>/{name}/", OPERATORS, "application")
        for name in ("approve", "reject", "ask")
    ),
    step("joining/submission/<int:pk>/reveal/", MONEY, "submission"),
    page("joining/attachment/<int:pk>/file/", STAFF, row="attachment"),
    step("merchants/agreement/<int:pk>/publish/", OPERATORS, "agreement"),
    step("distributors/duplicateflag/<int:pk>/clear/", OPERATORS, "duplicateflag"),
    # The admin's pages of each model
    *model("accounts/user", view=PLATFORM),
    *model("merchants/merchant", add=PLATFORM),
    *model("merchants/staffmembership", add=OWNERS, delete=OWNERS),
    *model("merchants/agreement", add=OPERATORS, add_ok=302),
    *model("merchants/agreementacceptance"),
    *model("products/category", add=OPERATORS, delete=OPERATORS),
    *model("products/product", add=OPERATORS, imports=OPERATORS, exports=True),
    *model("products/sku", change_ok=302),
    *model("products/supplier", add=OPERATORS),
    *model("products/warehouse", add=OPERATORS),
    *model("products/stockmovement"),
    *model("products/campaign", add=OPERATORS),
    *model(
        "distributors/level",
        add=OPERATORS,
        add_ok=302,
        change_ok=302,
        imports=OPERATORS,
        exports=True,
    ),
    *model("distributors/levelchange", change_ok=302),
    *model("distributors/levelgrace", change_ok=302),
    *model(
        "distributors/distributor", add=OPERATORS, change_ok=302, imports=OPERATORS, exports=True
    ),
    *model("distributors/duplicateflag"),
    *model("joining/application", change_ok=302),
    *model("distributors/treemove", change_ok=302),
    *model("distributors/store", add=OPERATORS),
    *model("price_control/violation", add=OPERATORS, change_ok=302),
    *model("distributors/customer", change_ok=302),
    *model("distributors/binding"),
    *model("distributors/bindingattempt"),
    *model("promotion/click"),
    *model("promotion/promolink", change_ok=302),
    *model("promotion/material", add=OPERATORS),
    *model("commissions/appeal", change_ok=302),
    *model("orders/order", change_ok=302, imports=OPERATORS, exports=True),
    *model("orders/refund", change_ok=302, imports=OPERATORS, exports=True),
    *model("payments/payment", change_ok=302),
    *model("payments/paymentflag", change_ok=302),
    *model("payments/paymentnotice"),
    *model("payments/paymentrefund", change_ok=302),
    *model("payments/transferproof", change_ok=302),
    *model("orders/review", change_ok=302),
    *model("orders/coupon", add=OPERATORS, exports=True),
    *model("orders/couponuse", change_ok=302, exports=True),
    *model("ledger/wallet", change_ok=302),
    *model("ledger/transfer"),
    *model("commissions/plan", add=OPERATORS, add_ok=302, change_ok=302),
    *model("commissions/commission", change_ok=302, exports=True),
    *model("commissions/bonusperiod", change_ok=302),
    *model("commissions/stagerun", change_ok=302),
    *model("commissions/simulation", change_ok=302),
    *model("payouts/withdrawal", change_ok=302, exports=True),
    *model("payouts/payoutbatch", change_ok=302),
    *model("payouts/payoutfreeze"),
    *model("payouts/debtwriteoff", change_ok=302),
    *model("insights/rankingsnapshot", change_ok=302),
]
BY_ROUTE = {each.route: each for each in PAGES}
