"""How the demo's customers paid: each provider, money that goes back, a proof that waits, and money
that somebody has to look at. Nobody is asked over the network: it is said here what they would say.
"""

import io
from collections.abc import Callable, Mapping
from datetime import timedelta

from django.utils import timezone
from PIL import Image, ImageDraw

from apps.accounts.models import User
from apps.core.attachments import Upload
from apps.core.money import to_minor
from apps.core.templatetags.money_display import money_text
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.orders.selectors import order_total
from apps.orders.services.closing import close_order
from apps.orders.services.refunds import record_refund
from apps.payments.models import Payment, PaymentRefund, Provider
from apps.payments.providers import Returned, Trade
from apps.payments.providers.base import DONE, PAID
from apps.payments.services.numbers import new_number
from apps.payments.services.proofs import confirm_proof, submit_proof
from apps.payments.services.refunds import finish_refund, pull_refund, refunds_to_pull
from apps.payments.services.settings import save_payment_settings
from apps.payments.services.settling import settle_payment
from apps.promotion.drawing.type import Face, set_line

BANK = {
    "bank_name": "示例银行",
    "account_name": "云岭茶业",
    "account_number": "6222 0200 0000 0000",
    "transfer_note": "附言请填写订单号，便于核对。",
}
Way = Payment.Way


def offer_ways_to_pay(merchant: Merchant, owner: User) -> None:
    """Every way is on; stray money waits for whoever tries the demo out."""
    save_payment_settings(
        merchant=merchant, actor=owner, wechat_on=True, alipay_on=True, transfer_on=True,
        returns_stray_money=False, **BANK,
    )  # fmt: skip


def _paid_twice(order: Order, operator: User) -> None:
    """Paid in WeChat, and once more through Alipay by mistake; one piece came back broken."""
    _tell(_attempt(order, Way.JSAPI), order)
    _tell(_attempt(order, Way.WAP), order)
    line = order.lines.order_by("-line_no").first()
    record_refund(
        order_line=line, amount=line.paid_amount / line.quantity, quantity=1, reason="到货时破损"
    )
    _give_back()


def _transferred(order: Order, operator: User) -> None:
    """A transfer with proof; the operator has seen the money."""
    proof = submit_proof(
        order=order, files=[draw_receipt(order)], request_key=f"demo-{order.pk}",
        payer_name=order.recipient_name,
    )  # fmt: skip
    confirm_proof(proof=proof, actor=operator)


def _shown(order: Order, operator: User) -> None:
    """Began in WeChat, gave that up, and transferred: the proof waits for somebody to look."""
    now = timezone.now()
    attempt = _attempt(order, Way.NATIVE)
    attempt.status, attempt.closed_at = Payment.Status.CLOSED, now
    attempt.save(update_fields=["status", "closed_at"])
    submit_proof(
        order=order, files=[draw_receipt(order)], request_key=f"demo-{order.pk}",
        payer_name=order.recipient_name, note="手机银行转的，麻烦核对一下。",
    )  # fmt: skip


def _called_off(order: Order, operator: User) -> None:
    """Paid through Alipay, then cancelled and refunded whole."""
    _tell(_attempt(order, Way.PAGE), order)
    close_order(order=order, actor=operator)
    _give_back()


STORIES: Mapping[str, Callable[[Order, User], None]] = {
    "paid twice": _paid_twice,
    "transferred": _transferred,
    "shown": _shown,
    "called off": _called_off,
}


def _attempt(order: Order, way: str) -> Payment:
    now = timezone.now()
    is_alipay = way in (Way.WAP, Way.PAGE)
    return Payment.objects.create(
        merchant_id=order.merchant_id,
        order=order,
        provider=Provider.ALIPAY if is_alipay else Provider.WECHAT,
        way=way,
        number=new_number("P"),
        amount=order_total(order),
        created_at=now,
        expires_at=now + timedelta(minutes=30),
    )


def _tell(payment: Payment, order: Order) -> None:
    """What the provider's notice says: paid, a moment ago."""
    day = f"{timezone.localdate():%Y%m%d}"
    begin = f"{day}2200149" if payment.provider == Provider.ALIPAY else f"4200002{day}"
    number = f"{begin}{payment.pk:013d}"
    trade = Trade(PAID, number, to_minor(payment.amount), timezone.now())
    settle_payment(payment=payment, trade=trade)
    order.refresh_from_db()


def _give_back() -> None:
    """What was decided goes back through the provider, who says that it is done."""
    for refund in refunds_to_pull():
        pull_refund(refund=refund)
    for row in PaymentRefund.objects.filter(status=PaymentRefund.Status.PENDING):
        PaymentRefund.objects.filter(pk=row.pk).update(is_sent=True, attempts=1)
        finish_refund(refund=row, answer=Returned(DONE, to_minor(row.amount)))


def draw_receipt(order: Order) -> Upload:
    """The picture of a bank's app that says: transferred."""
    picture = Image.new("RGB", (750, 1000), "#f4f6f8")
    draw = ImageDraw.Draw(picture)
    draw.rectangle((0, 0, 750, 110), fill="#1f5fbf")
    set_line(draw, (375, 72), "示例银行 转账回单", Face(34, 600), "#ffffff", "middle")
    draw.ellipse((320, 170, 430, 280), fill="#2e9e5b")
    draw.line([(346, 226), (368, 250), (406, 202)], fill="#ffffff", width=10, joint="curve")
    set_line(draw, (375, 345), "转账成功", Face(36, 600), "#1d2733", "middle")
    total = money_text(order_total(order), order.merchant.currency)
    set_line(draw, (375, 440), total, Face(64, 700), "#1d2733", "middle")
    rows = (
        ("收款人", BANK["account_name"]),
        ("收款账号", BANK["account_number"]),
        ("付款人", order.recipient_name),
        ("时间", f"{timezone.localtime():%Y-%m-%d %H:%M}"),
        ("附言", order.order_no),
    )
    for number, (name, value) in enumerate(rows):
        y = 560 + number * 78
        set_line(draw, (60, y), name, Face(28), "#66727f")
        set_line(draw, (690, y), value, Face(28), "#1d2733", "right")
        draw.line([(60, y + 28), (690, y + 28)], fill="#dde3e9", width=2)
    out = io.BytesIO()
    picture.save(out, "PNG")
    return Upload("转账截图.png", out.getvalue())


def pay_as_told(order: Order, story: str, operator: User) -> None:
    """Have an unpaid order of the demo's paid, or not, as one of STORIES tells."""
    STORIES[story](order, operator)
