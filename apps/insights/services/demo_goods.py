"""The demo's goods as its shops show them: pictures, video, options, stock, a campaign."""

from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from apps.distributors.models import Store
from apps.insights.services.demo_pictures import draw_views
from apps.merchants.models import Merchant
from apps.products.models import Product, Sku
from apps.products.services import add_picture, save_campaign, save_sku, set_options, set_video
from apps.products.services.options import Option
from apps.products.services.places import save_warehouse
from apps.products.services.stock import correct_stock

VIDEO = settings.BASE_DIR / "examples" / "brewing.mp4"
SELLING_POINTS = {
    "普洱": ("古树原料，干仓存放", "云南大叶种晒青毛茶压制。沸水冲泡，头泡快出汤，耐泡十余道。"),
    "白茶": ("日光萎凋，毫香清甜", "只经萎凋与干燥，不炒不揉。可冲泡，也可煮饮，越陈越醇。"),
    "乌龙": ("传统做青，花香持久", "半发酵，香高味厚。盖碗冲泡，水温 95℃ 以上，七泡有余香。"),
    "红茶": ("金毫显露，蜜香浓郁", "全发酵，汤色红亮。清饮、调奶皆宜，早晨一杯暖胃提神。"),
    "绿茶": ("明前采摘，鲜爽回甘", "手工炒制，豆香清雅。玻璃杯 80℃ 水冲泡，开封后请冷藏。"),
    "茶具": ("手工制作，日常好用", "器形端正，出水利落。首次使用请用沸水烫洗，避免骤冷骤热。"),
}
# Of the product that has them: option, SKU, price, cost, pieces in the network, in the store.
OPTIONS = (
    ("250g", "T-002", "138.00", "69.50", None, 0),
    ("500g", "T-002-500", "258.00", "132.00", 3, 0),
    ("礼盒 250g", "T-002-BOX", "188.00", "92.00", 0, 6),
    ("整提 2.5kg", "T-002-2500", "1180.00", "640.00", 0, 0),
)
CAMPAIGN = {"T-003": "69.00", "T-009": "238.00", "T-002": "118.00"}
COMING = {"T-001": "248.00", "C-001": "49.90"}
DAY = timedelta(days=1)


def show_goods(merchant: Merchant) -> None:
    """Give every product words and pictures, and one a video."""
    products = Product.objects.filter(merchant=merchant).select_related("category").order_by("code")
    for number, product in enumerate(products):
        kind = product.category.name if product.category else ""
        summary, description = SELLING_POINTS[kind]
        Product.objects.filter(pk=product.pk).update(summary=summary, description=description)
        for shows, picture in draw_views(kind, number).items():
            add_picture(product=product, content=picture, alt=shows)
    filmed = Sku.objects.get(merchant=merchant, code="T-002").product
    set_video(product=filmed, content=VIDEO.read_bytes())


def sell_goods(merchant: Merchant) -> None:
    """One product in several sizes, some of them scarce or only in the store; prices of a campaign.

    After the demo's orders, which paid the regular prices.
    """
    sku = Sku.objects.select_related("product").get(merchant=merchant, code="T-002")
    _offer_sizes(merchant, sku.product)
    now = timezone.now()
    prices = {each: Decimal(CAMPAIGN[each.code]) for each in Sku.objects.filter(code__in=CAMPAIGN)}
    save_campaign(
        merchant=merchant, code="fair", name="周年茶会", announced_at=now - 40 * DAY,
        starts_at=now - DAY, ends_at=now + 20 * DAY, prices=prices,
        description="三款好茶，活动期间特惠。", return_terms="活动商品同样支持七天无理由退货。",
    )  # fmt: skip
    coming = {sku: Decimal(COMING[sku.code]) for sku in Sku.objects.filter(code__in=COMING)}
    save_campaign(
        merchant=merchant, code="autumn", name="秋茶上新", announced_at=now - DAY,
        starts_at=now + 30 * DAY, ends_at=now + 45 * DAY, prices=coming,
        extra_commission=Decimal(3), description="秋茶新品，两款先上。",
        return_terms="未拆封七天内可退。",
    )  # fmt: skip


def _offer_sizes(merchant: Merchant, product: Product) -> None:
    set_options(product=product, options=[Option("规格", tuple(row[0] for row in OPTIONS))])
    # Its name no longer says how much there is of it.
    Product.objects.filter(pk=product.pk).update(name="宫廷熟普散茶")
    product.refresh_from_db()
    room = save_warehouse(
        merchant=merchant, code="XH", name="西湖门店仓", kind="physical",
        store=Store.objects.get(merchant=merchant, code="XH"),
    )  # fmt: skip
    for option, code, price, cost, stock, in_store in OPTIONS:
        sku = save_sku(
            product=product, sku=Sku.objects.filter(merchant=merchant, code=code).first(),
            code=code, price=Decimal(price), cost=Decimal(cost), stock=stock, combination=option,
        )  # fmt: skip
        if in_store:
            correct_stock(
                sku=sku, warehouse=room, quantity=in_store, reason="purchase",
                request_key=f"demo-{code}",
            )  # fmt: skip
