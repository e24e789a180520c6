"""What the demo's merchant gives its distributors to share, and who has clicked on it so far."""

from datetime import datetime, timedelta
from io import BytesIO

from django.utils import timezone

from apps.core.attachments import Upload
from apps.distributors.models import Distributor
from apps.insights.services.demo_pictures import draw_product
from apps.merchants.models import Merchant
from apps.orders.models import Order
from apps.products.models import Product
from apps.promotion.drawing.shapes import disc, gradient
from apps.promotion.models import Click, Material, PromoLink
from apps.promotion.services.clicks import Visit, adopt_clicks, record_click
from apps.promotion.services.links import ensure_link
from apps.promotion.services.materials import save_material

WORDS = "一片好茶，慢慢喝。\n今年的新茶到了，香高水细，适合下午三点的自己。\n\n点这里看看：{link}"
STEPS = "1. 沸水温杯，投茶 7 克\n2. 快速洗茶一次\n3. 头三泡即冲即出\n4. 之后每泡加 5 秒，可泡十余道"
STORY = "古树生在海拔 1800 米的山上，一年只采春秋两季。\n压饼后干仓存放，等时间让它变甜。\n\n{link}"
DAYS = 30
CLICKS_PER_DAY = (3, 5, 2, 7, 4, 6, 8, 3, 9, 5)
# As many orders as are led back to a click.
ORDERS = 12


def promote(merchant: Merchant) -> None:
    """A library, links of those who can sign in, and a month of visits, some of which bought."""
    product = Product.objects.filter(merchant=merchant).order_by("code").first()
    words = _library(merchant, product)
    now = timezone.now()
    for person in Distributor.objects.filter(user__isnull=False).order_by("code"):
        links = [
            ensure_link(distributor=person, kind=PromoLink.Kind.SHOP),
            ensure_link(
                distributor=person, kind=PromoLink.Kind.PRODUCT, target_id=product.pk,
                material=words,
            ),
            ensure_link(distributor=person, kind=PromoLink.Kind.INVITATION),
        ]  # fmt: skip
        _visits(person, links, now)
        _buyers(person, links, now)


def _library(merchant: Merchant, product: Product) -> Material:
    pictures = [
        Upload(f"{kind}.png", draw_product(kind, number))
        for number, kind in enumerate(("普洱", "白茶", "红茶", "绿茶"))
    ]
    rows = (
        {"kind": "tutorial", "title": "三分钟学会泡熟普", "text": STEPS},
        {"kind": "story", "title": "一棵古树的故事", "text": STORY, "product": product},
        {
            "kind": "image",
            "title": "新茶四宫格",
            "text": "四款新茶，各有各的香。",
            "files": pictures,
        },
        {"kind": "poster", "title": "山间晨雾", "files": [Upload("dawn.png", _dawn())]},
        {"kind": "text", "title": "新茶上市 · 朋友圈文案", "text": WORDS, "product": product},
    )
    saved = [save_material(merchant=merchant, is_published=True, **row) for row in rows]
    return saved[-1]


def _dawn() -> bytes:
    """Hills in the morning."""
    picture = gradient((1080, 1728), "#f4e3c8", "#5e8a72")
    disc(picture, (760, 420), 130, "#f7f1e0")
    for x, y, radius, colour in ((160, 1500, 760, "#7fa48c"), (980, 1640, 820, "#4c7a63")):
        disc(picture, (x, y), radius, colour)
    out = BytesIO()
    picture.save(out, "PNG")
    return out.getvalue()


def _visits(person: Distributor, links: list[PromoLink], now: datetime) -> None:
    devices = list(Click.Device.values)
    for day in range(DAYS):
        for number in range(CLICKS_PER_DAY[day % len(CLICKS_PER_DAY)]):
            link = links[(day + number) % len(links)]
            visitor = f"demo-{person.pk}-{day // 2}-{number}"
            record_click(
                distributor=person,
                visit=Visit(visitor, devices[number % len(devices)], "weixin.qq.com"),
                target=f"/r/{link.code}",
                link=link,
                at=now - timedelta(days=DAYS - 1 - day, minutes=17 * number + 5),
            )


def _buyers(person: Distributor, links: list[PromoLink], now: datetime) -> None:
    """The newest orders came by a click an hour before."""
    since = now - timedelta(days=DAYS - 1)
    orders = Order.objects.filter(distributor=person, placed_at__gte=since)
    for number, order in enumerate(
        orders.select_related("customer").order_by("-placed_at")[:ORDERS]
    ):
        link = links[number % 2]
        visitor = f"buyer-{order.pk}"
        record_click(
            distributor=person,
            visit=Visit(visitor, Click.Device.WECHAT, "weixin.qq.com"),
            target=f"/r/{link.code}",
            link=link,
            at=order.placed_at - timedelta(hours=1),
        )
        adopt_clicks(customer=order.customer, visitor=visitor, at=order.placed_at)
