"""One SKU: where it lies, what it costs whom, and how both are changed; campaigns ended early."""

import secrets
from typing import Any

from django.db.models import Q
from django.forms import Form
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404
from django.urls import reverse
from django.utils.translation import gettext_lazy

from apps.console.forms.goods import (
    CorrectStockForm,
    LevelPricesForm,
    SkuTermsForm,
    TransferStockForm,
)
from apps.console.views.base import StepView, console_page, render_page
from apps.core.pages import page_of
from apps.distributors.models import Level
from apps.products.models import (
    Campaign,
    CampaignLine,
    LevelPrice,
    Sku,
    StockMovement,
    Supplier,
    Warehouse,
)
from apps.products.models import WarehouseStock as Stock
from apps.products.services.campaigns import stop_campaign
from apps.products.services.catalogue import save_sku
from apps.products.services.prices import set_level_prices
from apps.products.services.stock import correct_stock, transfer_stock

CHANGE_SKU = "products.change_sku"
MOVE_STOCK = "products.add_stockmovement"
VERSIONS = 10


@console_page("products.view_sku")
def sku(request: HttpRequest, pk: int) -> HttpResponse:
    """Stock by warehouse with the latest movements, prices per level and in campaigns."""
    related = ["merchant", "product", "supplier"]
    found = get_object_or_404(Sku.objects.select_related(*related), pk=pk)
    movements = StockMovement.objects.filter(sku=found).select_related("warehouse", "actor")
    lines = CampaignLine.objects.filter(sku=found).select_related("campaign")
    return render_page(
        request,
        "console/sku.html",
        f"{found.product.name} · {found.code}",
        sku=found,
        stocks=Stock.objects.filter(sku=found)
        .select_related("warehouse__store")
        .order_by("warehouse__kind", "warehouse__rank", "pk"),
        prices=LevelPrice.objects.filter(sku=found).select_related("level").order_by("level__rank"),
        lines=lines.order_by("-campaign__starts_at", "-pk")[:5],
        page=page_of(request, movements.order_by("-at", "-pk")),
        versions=Sku.history.filter(id=found.pk).select_related("history_user")[:VERSIONS],
        level_versions=LevelPrice.history.filter(sku_id=found.pk)
        .select_related("history_user", "level")
        .order_by("-history_date", "-history_id")[:VERSIONS],
        can_move=request.user.has_perm(MOVE_STOCK),
        can_price=request.user.has_perm(CHANGE_SKU),
    )


class SkuStep(StepView):
    model = Sku
    permission = MOVE_STOCK

    def way_back(self, obj: Sku) -> str:
        return reverse("console:sku", args=[obj.pk])

    def new_key(self) -> dict[str, str]:
        """What makes this form do its work once."""
        return {"request_key": secrets.token_hex(16)}


class CorrectStock(SkuStep):
    title = gettext_lazy("Receive or count goods")
    explanation = gettext_lazy(
        "The change is written into the stock ledger with your name and is never edited: a mistake "
        "is corrected by another change."
    )
    button = gettext_lazy("Change stock")
    done = gettext_lazy("Stock changed.")

    def get_form(self, obj: Sku, data: Any = None) -> Form:
        warehouses = Warehouse.objects.filter(merchant=obj.merchant_id)
        return CorrectStockForm(data, warehouses=warehouses, initial=self.new_key())

    def take(self, obj: Sku, values: dict[str, Any]) -> None:
        correct_stock(sku=obj, actor=self.request.user, **values)


class TransferStock(SkuStep):
    title = gettext_lazy("Move between warehouses")
    button = gettext_lazy("Move goods")
    done = gettext_lazy("The goods were moved.")

    def get_form(self, obj: Sku, data: Any = None) -> Form:
        warehouses = Warehouse.objects.filter(merchant=obj.merchant_id)
        return TransferStockForm(data, warehouses=warehouses, initial=self.new_key())

    def take(self, obj: Sku, values: dict[str, Any]) -> None:
        transfer_stock(sku=obj, actor=self.request.user, **values)


class SetSkuTerms(SkuStep):
    permission = CHANGE_SKU
    title = gettext_lazy("Price limits, supplier and notice")
    button = gettext_lazy("Save")
    done = gettext_lazy("Saved.")

    def get_form(self, obj: Sku, data: Any = None) -> Form:
        own = Q(is_active=True) | Q(pk=obj.supplier_id)
        suppliers = Supplier.objects.filter(own, merchant=obj.merchant_id).order_by("name")
        return SkuTermsForm(data, sku=obj, suppliers=suppliers)

    def take(self, obj: Sku, values: dict[str, Any]) -> None:
        save_sku(
            product=obj.product,
            sku=obj,
            code=obj.code,
            price=obj.price,
            cost=obj.cost,
            stock=None,
            **values,
        )


class SetLevelPrices(SkuStep):
    permission = CHANGE_SKU
    title = gettext_lazy("Prices per level")
    explanation = gettext_lazy(
        "A level's price replaces the level's discount on own purchases for this SKU. In a "
        "campaign the lower price counts; reductions never add up. Empty: no price of its own."
    )
    button = gettext_lazy("Save")
    done = gettext_lazy("Prices saved.")

    def get_form(self, obj: Sku, data: Any = None) -> LevelPricesForm:
        levels = list(Level.objects.filter(merchant=obj.merchant_id).order_by("rank"))
        prices = dict(LevelPrice.objects.filter(sku=obj).values_list("level", "price"))
        self.form = LevelPricesForm(data, levels=levels, prices=prices)
        return self.form

    def take(self, obj: Sku, values: dict[str, Any]) -> None:
        set_level_prices(sku=obj, prices=self.form.prices())


class StopCampaign(StepView):
    model = Campaign
    permission = "products.change_campaign"
    title = gettext_lazy("Stop campaign")
    explanation = gettext_lazy(
        "Its prices no longer count from this moment. Orders that were placed keep theirs. A "
        "campaign that was stopped does not start again."
    )
    button = gettext_lazy("Stop this campaign")
    done = gettext_lazy("The campaign is stopped.")
    is_dangerous = True

    def take(self, obj: Campaign, values: dict[str, Any]) -> None:
        stop_campaign(campaign=obj)

    def way_back(self, obj: Campaign) -> str:
        return reverse("admin:products_campaign_changelist")
