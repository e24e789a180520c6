"""Stock, prices, options, pictures, campaigns and “cannot ship”, as operators change them."""

import io
import zipfile
from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine
from django.core.files.uploadedfile import SimpleUploadedFile
from django.utils import timezone
from PIL import Image

from apps.distributors.models import Level
from apps.orders.models import Order, OrderLine, ShippingProblem
from apps.products.models import (
    Campaign,
    Category,
    LevelPrice,
    Product,
    ProductPicture,
    Sku,
    StockMovement,
    Warehouse,
)
from apps.products.services.archive import open_archive
from tests.factories import OrderFactory, OrderLineFactory


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path


def page(kit, path):
    return f"/console/{path.format(**kit.ids)}"


def picture(colour="red"):
    out = io.BytesIO()
    Image.new("RGB", (50, 40), colour).save(out, "PNG")
    return out.getvalue()


def key(client, address):
    return client.get(address).context["form"]["request_key"].value()


class TestStock:
    def test_goods_are_received_once(self, client, kit):
        address = page(kit, "products/sku/{sku}/stock/")
        values = {
            "request_key": key(client, address), "warehouse": kit.ids["warehouse"],
            "reason": "purchase", "quantity": 20, "document": "PO-9", "note": "",
        }  # fmt: skip
        for _again in range(2):
            assert client.post(address, values).status_code == 302
        assert Sku.objects.get(pk=kit.sku.pk).stock == 1020
        last = StockMovement.objects.latest("pk")
        assert (last.quantity, last.reason, last.document, last.actor) == (
            20, "purchase", "PO-9", kit.people["owner"],
        )  # fmt: skip
        html = client.get(page(kit, "products/sku/{sku}/story/")).content.decode()
        assert "PO-9" in html
        assert "+20" in html

    def test_more_than_there_is_cannot_leave(self, client, kit):
        address = page(kit, "products/sku/{sku}/stock/")
        answer = client.post(address, {
            "request_key": "k", "warehouse": kit.ids["warehouse"], "reason": "count",
            "quantity": -1001,
        })  # fmt: skip
        assert "not enough in stock" in answer.content.decode()
        assert Sku.objects.get(pk=kit.sku.pk).stock == 1000

    def test_goods_move_between_warehouses(self, client, kit):
        client.post(page(kit, "products/warehouse/add/"), {
            "code": "B", "name": "South", "kind": "network", "rank": "2", "is_active": "on",
        })  # fmt: skip
        address = page(kit, "products/sku/{sku}/transfer/")
        client.post(address, {
            "request_key": "k", "source": kit.ids["warehouse"],
            "target": Warehouse.objects.get(code="B").pk, "quantity": 7,
        })  # fmt: skip
        rows = kit.sku.warehouse_stocks.order_by("warehouse__rank")
        assert list(rows.values_list("quantity", flat=True)) == [993, 7]

    def test_a_network_warehouse_with_a_store_is_refused_in_the_form(self, client, kit):
        answer = client.post(page(kit, "products/warehouse/add/"), {
            "code": "B", "name": "B", "kind": "network", "store": kit.ids["store"], "rank": "1",
        })  # fmt: skip
        assert "names its store" in answer.content.decode()
        assert Warehouse.objects.count() == 1


class TestPrices:
    def test_prices_per_level(self, client, kit):
        level = Level.objects.get()
        address = page(kit, "products/sku/{sku}/level-prices/")
        assert client.get(address).context["form"][f"level_{level.pk}"].value() == Decimal(95)
        client.post(address, {f"level_{level.pk}": "88.80"})
        assert LevelPrice.objects.get().price == Decimal("88.80")
        client.post(address, {f"level_{level.pk}": ""})
        assert not LevelPrice.objects.exists()

    def test_floor_supplier_and_notice(self, client, kit):
        address = page(kit, "products/sku/{sku}/terms/")
        values = {"market_price": "150", "floor_price": "90.01", "low_stock": "1000"}
        answer = client.post(address, values | {"supplier": kit.ids["supplier"]})
        assert "90.00 is below the lowest price allowed, 90.01" in answer.content.decode()
        assert Sku.objects.get(pk=kit.sku.pk).floor_price is None
        client.post(address, values | {"floor_price": "90", "supplier": kit.ids["supplier"]})
        sku = Sku.objects.get(pk=kit.sku.pk)
        assert (sku.market_price, sku.floor_price, sku.low_stock, sku.supplier_id) == (
            150, 90, 1000, kit.ids["supplier"],
        )  # fmt: skip
        last = Sku.history.filter(id=sku.pk).latest()
        assert (last.floor_price, last.history_user) == (90, kit.people["owner"])
        assert client.get("/console/").context["to_do"].low_stock == 1
        low = client.get("/console/products/sku/?low=1").context["cl"].queryset
        assert list(low) == [sku]


class TestCampaigns:
    def test_made_with_its_goods_and_stopped(self, client, kit):
        now = timezone.localtime()
        at = [(now + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M") for days in (-1, 9, 19)]
        values = {
            "code": "C2", "name": "Autumn", "announced_at": at[0], "starts_at": at[1],
            "ends_at": at[2], "description": "<b>Tea</b><script>alert(1)</script>",
            "return_terms": "", "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0",
            "lines-0-sku": kit.sku.pk, "lines-0-price": "80.00",
        }  # fmt: skip
        answer = client.post(page(kit, "products/campaign/add/"), values, follow=True)
        found = Campaign.objects.get(code="C2")
        assert found.description == "<b>Tea</b>"
        assert list(found.lines.values_list("sku", "price")) == [(kit.sku.pk, Decimal(80))]
        assert "less than 30 days" in answer.content.decode()
        client.post(f"/console/products/campaign/{found.pk}/stop/")
        found.refresh_from_db()
        assert found.stopped_at is not None

    def test_an_extra_commission_is_set_and_then_stays(self, client, kit):
        start = timezone.localtime() + timedelta(days=2)
        at = [(start + timedelta(days=days)).strftime("%Y-%m-%dT%H:%M") for days in (-1, 0, 9)]
        values = {
            "code": "C2", "name": "Autumn", "announced_at": at[0], "starts_at": at[1],
            "ends_at": at[2], "extra_commission": "2.5",
            "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0",
            "lines-0-sku": kit.sku.pk, "lines-0-price": "80.00",
        }  # fmt: skip
        client.post(page(kit, "products/campaign/add/"), values)
        found = Campaign.objects.get(code="C2")
        assert found.extra_commission == Decimal("2.5")

        line = found.lines.get()
        values |= {
            "extra_commission": "3", "lines-INITIAL_FORMS": "1", "lines-0-id": line.pk,
            "lines-0-campaign": found.pk,
        }  # fmt: skip
        address = page(kit, f"products/campaign/{found.pk}/change/")
        with time_machine.travel(start + timedelta(days=1)):
            client.force_login(client.get(address).wsgi_request.user)
            answer = client.post(address, values)
            assert "its code, start and extra commission stay" in answer.content.decode()
            found.refresh_from_db()
            assert found.extra_commission == Decimal("2.5")

            answer = client.post(address, values | {"extra_commission": "2.5", "name": "Harvest"})
            found.refresh_from_db()
            assert (answer.status_code, found.name) == (302, "Harvest")

    def test_a_refused_one_leaves_nothing(self, client, kit):
        Sku.objects.filter(pk=kit.sku.pk).update(floor_price=Decimal(85))
        values = {
            "code": "C2", "name": "Autumn", "announced_at": "2030-01-01T00:00",
            "starts_at": "2030-02-01T00:00", "ends_at": "2030-03-01T00:00",
            "lines-TOTAL_FORMS": "1", "lines-INITIAL_FORMS": "0",
            "lines-0-sku": kit.sku.pk, "lines-0-price": "80.00",
        }  # fmt: skip
        answer = client.post(page(kit, "products/campaign/add/"), values)
        assert "80.00 is below the lowest price allowed, 85.00" in answer.content.decode()
        assert Campaign.objects.count() == 1


class TestCatalogue:
    def test_options_make_every_combination_once(self, client, kit):
        address = page(kit, "products/product/{product}/options/")
        values = {"options": "颜色: 红, 白\n规格：大、小", "price": "12.50", "cost": "3"}
        for _again in range(2):
            client.post(address, values)
        made = Sku.objects.exclude(combination="").order_by("pk")
        assert list(made.values_list("combination", "price", "cost", "stock")) == [
            (each, Decimal("12.50"), Decimal(3), 0)
            for each in ("红 / 大", "红 / 小", "白 / 大", "白 / 小")
        ]
        assert len(set(made.values_list("code", flat=True))) == 4
        answer = client.post(address, {"options": "颜色: 红\n规格: 大,小"})
        assert "not a combination" in answer.content.decode()

    def test_the_tree_can_be_arranged_and_searched(self, client, kit):
        for name in ("Cups", "Bags"):
            client.post(page(kit, "products/category/add/"), {"name": name, "parent": ""})
        address = page(kit, "products/category/tree/")

        def names(query=""):
            tree = client.get(address, {"q": query}).context["tree"]
            return [node.category.name for node in tree]

        assert names() == ["Bags", "Cups", "Tea"]
        client.post(f"/console/products/category/{Category.objects.get(name='Tea').pk}/up/")
        client.post(f"/console/products/category/{Category.objects.get(name='Bags').pk}/down/")
        assert names() == ["Tea", "Bags", "Cups"]
        assert names("PUER") == ["Tea"]
        assert names("nothing") == []
        assert names("Cu") == ["Cups"]

    def test_pictures_and_video(self, client, kit):
        ProductPicture.objects.all().delete()
        add = page(kit, "products/product/{product}/pictures/add/")
        for colour in ("red", "blue"):
            file = SimpleUploadedFile("x.png", picture(colour))
            assert client.post(add, {"picture": file, "alt": colour}).status_code == 302
        first, second = ProductPicture.objects.all()
        client.post(f"/console/products/picture/{second.pk}/up/")
        assert list(ProductPicture.objects.values_list("alt", flat=True)) == ["blue", "red"]
        assert Product.objects.get().image.name == second.file.name
        client.post(f"/console/products/picture/{first.pk}/describe/", {"alt": "Red tea"})
        client.post(f"/console/products/picture/{second.pk}/remove/")
        assert list(ProductPicture.objects.values_list("alt", flat=True)) == ["Red tea"]
        bad = client.post(
            add, {"picture": SimpleUploadedFile("x.png", b"<svg onload=alert(1)>"), "alt": ""}
        )
        assert "not a JPEG" in bad.content.decode()
        video = page(kit, "products/product/{product}/video/")
        # A browser always sends something beside the file.
        sent = {"csrfmiddlewaretoken": "x"}
        file = SimpleUploadedFile("x.mp4", b"\0\0\0\x18ftypisom")
        client.post(video, sent | {"video": file})
        assert Product.objects.get().video.name.endswith(".mp4")
        client.post(video, sent)
        assert not Product.objects.get().video

    def test_the_zip_goes_out(self, client, kit):
        ProductPicture.objects.all().delete()
        answer = client.post(page(kit, "products/product/export/"), {
            "format": "2", "productexport_sku": "on",
        })  # fmt: skip
        archive = open_archive(answer.content)
        assert answer["Content-Type"] == "application/zip"
        assert archive.csv.decode("utf-8-sig").splitlines()[1].startswith("T-")
        assert zipfile.is_zipfile(io.BytesIO(answer.content))


class TestCannotShip:
    @pytest.fixture
    def order(self, kit):
        order = OrderFactory(distributor=kit.distributor, source="shop", shop=kit.distributor)
        OrderLineFactory(order=order, sku=kit.sku)
        return order

    def test_everybody_concerned_sees_it_at_once(self, client, kit, order):
        line = OrderLine.objects.get(order=order)
        client.post(f"/console/orders/order/{order.pk}/cannot-ship/", {
            "reason": "stock", "note": "Back on Friday", "order_line": line.pk,
        })  # fmt: skip
        places = [
            f"/console/orders/order/{order.pk}/story/",
            f"/s/{kit.distributor.shop_code}/orders/{order.order_no}/",
        ]
        for place in places:
            assert "Back on Friday" in client.get(place).content.decode(), place
        assert client.get("/console/").context["to_do"].shipping_problems == 2
        listed = client.get("/console/orders/order/?problem=1").context["cl"].queryset
        assert order in listed
        assert listed.count() == 2
        client.force_login(kit.people["distributor"])
        for place in ("/me/", f"/me/orders/{order.pk}/"):
            assert "Back on Friday" in client.get(place).content.decode(), place

    def test_it_is_solved(self, client, kit, order):
        client.post(f"/console/orders/order/{order.pk}/cannot-ship/", {"reason": "other"})
        problem = ShippingProblem.objects.get(order=order)
        client.post(
            f"/console/orders/shippingproblem/{problem.pk}/resolve/", {"resolution": "Found"}
        )
        assert Order.objects.get(pk=order.pk).open_problem is None

    def test_goods_of_a_refund_go_back_into_stock_when_asked(self, client, kit, order):
        line = OrderLine.objects.get(order=order)
        values = {"amount": "10", "quantity": "1", "reason": ""}
        client.post(f"/console/orders/line/{line.pk}/refund/", values)
        assert Sku.objects.get(pk=kit.sku.pk).stock == 1000
        OrderLine.objects.filter(pk=line.pk).update(quantity=2)
        client.post(f"/console/orders/line/{line.pk}/refund/", values | {"restock": "on"})
        assert Sku.objects.get(pk=kit.sku.pk).stock == 1001
