"""What the demo's shops promise, where goods are picked up, and what customers said."""

from decimal import Decimal

from apps.accounts.models import User
from apps.distributors.models import Distributor
from apps.distributors.services.shop_fronts import save_shop_front
from apps.distributors.services.stores import save_store
from apps.merchants.models import Merchant
from apps.orders.models import Order, OrderLine
from apps.orders.services.coupon_terms import save_coupon
from apps.orders.services.delivery import save_shop_settings
from apps.orders.services.reviews import decide_review, write_review

REVIEWS = [
    (5, "茶汤醇厚，回甘明显，包装也很用心。"),
    (4, "味道不错，就是快递慢了一天。"),
    (5, "第三次回购了，送长辈很合适。"),
    (5, ""),
    (3, "香气偏淡，适合口味清淡的人。"),
    (4, "分量足，和描述一致。"),
]


def give_coupons(merchant: Merchant) -> None:
    """One for everybody, and one for newcomers."""
    save_coupon(
        merchant=merchant, code="SPRING-20", name="新茶上市", amount=Decimal("20.00"),
        minimum=Decimal("200.00"), total_uses=500,
    )  # fmt: skip
    save_coupon(
        merchant=merchant, code="HELLO-10", name="新客首单", kind="percent", percent=Decimal("10"),
        cap=Decimal("30.00"), first_order_only=True,
    )  # fmt: skip


def open_the_shops(merchant: Merchant, operator: User) -> None:
    """Fees, a store, words of welcome and reviews; the demo's unpaid orders stay for whoever tries
    it out."""
    save_shop_settings(
        merchant=merchant,
        unpaid_minutes=None,
        shipping_fee=Decimal("8.00"),
        free_from=Decimal("200.00"),
        surcharges={
            "新疆维吾尔自治区": Decimal("12.00"),
            "西藏自治区": Decimal("12.00"),
            "台湾省": None,
        },
        delivery_words="48 小时内发货，默认顺丰或中通。",
        return_words="未拆封支持七天无理由退货；破损请当日拍照，包退包换。",
    )
    people = Distributor.objects.filter(merchant=merchant, status=Distributor.Status.ACTIVE)
    keeper = people.order_by("code").first()
    save_store(
        merchant=merchant,
        code="XH",
        name="西湖门店",
        keeper=keeper,
        address="杭州市西湖区文三路 100 号",
    )
    for person in people.order_by("code")[:40]:
        save_shop_front(distributor=person, words="常年自饮的几款茶，都在这里，欢迎来问。")
    _review(merchant, operator)


def _review(merchant: Merchant, operator: User) -> None:
    bought = OrderLine.objects.filter(order__merchant=merchant)
    lines = bought.filter(order__status=Order.Status.COMPLETED).select_related(
        "order__customer", "sku"
    )
    for line, (stars, words) in zip(lines.order_by("-pk")[:18], REVIEWS * 3, strict=False):
        review = write_review(order_line=line, stars=stars, words=words)
        # The newest wait for the operator.
        if line.pk % 6:
            decide_review(review=review, show=True, actor=operator)
