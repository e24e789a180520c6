"""The library on the phone: found, copied with my link, saved and counted."""

import pytest
from django.urls import reverse
from django_scopes import scope

from apps.promotion.models import MaterialUse, PromoLink
from apps.promotion.services.materials import save_material
from tests.core.videos import video
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory
from tests.price_control.uploads import picture


def save(merchant, **values):
    facts = {"kind": "text", "title": "秋茶上新", "text": "请看 {link} 谢谢", "is_published": True}
    return save_material(merchant=merchant, **facts | values)


def page_of(client, material):
    return client.get(reverse("portal:material", args=[material.pk]))


class TestWords:
    def test_they_carry_my_link_on_the_product(self, client, distributor, merchant, sku):
        page = page_of(client, save(merchant, product=sku.product))

        link = PromoLink.objects.get()
        assert (link.distributor, link.kind, link.target_id) == (
            distributor, "product", sku.product_id,
        )  # fmt: skip
        assert link.material.title == "秋茶上新"
        assert page.context["text"] == f"请看 http://testserver/r/{link.code} 谢谢"

    def test_goods_out_of_the_shop_give_way_to_the_shop(self, client, merchant, sku):
        sku.product.is_listed = False
        sku.product.save()

        page_of(client, save(merchant, product=sku.product))

        assert PromoLink.objects.get().kind == "shop"

    def test_markup_in_them_is_text(self, client, merchant):
        html = page_of(client, save(merchant, text="</textarea><script>x</script>")).content

        assert b"<script>x" not in html
        assert b"&lt;/textarea&gt;" in html

    def test_copying_is_counted_when_it_is_said(self, client, distributor, merchant):
        address = reverse("portal:material_copied", args=[save(merchant).pk])

        assert client.post(address).status_code == 400
        assert client.post(address, {"what": "words"}).status_code == 204
        use = MaterialUse.objects.get()
        assert (use.distributor, use.kind) == (distributor, "copy")


class TestFiles:
    @pytest.fixture
    def file(self, merchant):
        return save(merchant, kind="image", files=[picture()]).files.get()

    def get(self, client, file, method="get", **query):
        address = reverse("portal:material_file", args=[file.pk])
        return getattr(client, method)(address, query)

    def test_looking_is_not_saving(self, client, file):
        answer = self.get(client, file)

        assert answer.headers["Content-Type"] == "image/jpeg"
        assert answer.headers["Content-Disposition"].startswith("inline")
        assert self.get(client, file, small="").headers["Content-Type"] == "image/jpeg"
        assert self.get(client, file, method="head", download="").status_code == 200
        assert MaterialUse.objects.count() == 0

    def test_saving_is_counted(self, client, file):
        answer = self.get(client, file, download="")

        assert answer.headers["Content-Disposition"].startswith("attachment")
        assert MaterialUse.objects.get().kind == "save"

    def test_a_video_is_given_in_parts(self, client, merchant):
        file = save(merchant, kind="video", files=[video()]).files.get()
        address = reverse("portal:material_file", args=[file.pk])

        answer = client.get(address, headers={"range": "bytes=4-7"})

        assert (answer.status_code, answer.content) == (206, b"ftyp")

    def test_what_i_may_not_see_is_not_found(self, client, distributor, merchant, file):
        material = file.material
        other = MerchantFactory()
        with scope(merchant=other):
            foreign = save(other, kind="image", files=[picture()])
            foreign_file = foreign.files.get()
        for change in ({"is_exclusive": True}, {"is_exclusive": False, "is_published": False}):
            save_material(merchant=merchant, material=material, **change)
            for seen in (self.get(client, file, download=""), page_of(client, material)):
                assert seen.status_code == 404
            copied = reverse("portal:material_copied", args=[material.pk])
            assert client.post(copied, {"what": "words"}).status_code == 404
        assert self.get(client, foreign_file).status_code == 404
        assert page_of(client, foreign).status_code == 404
        assert MaterialUse.objects.count() == 0
        assert PromoLink.objects.count() == 0


class TestList:
    def text(self, client, **query):
        answer = client.get(reverse("portal:materials"), query, headers={"accept-language": "en"})
        return answer.content.decode()

    def test_empty_for_three_reasons(self, client, distributor, merchant):
        assert "No materials yet" in self.text(client)
        assert "Nothing matches" in self.text(client, q="zzz")
        distributor.level = LevelFactory(materials="none")
        distributor.save(update_fields=["level"])
        assert "Not for your level" in self.text(client)

    def test_kind_and_words(self, client, merchant):
        save(merchant)
        save(merchant, kind="story", title="古树的故事")

        html = self.text(client, kind="story")
        assert "古树的故事" in html
        assert "秋茶上新" not in html
        assert "请看  谢谢" in self.text(client)

    def test_others_see_their_own_merchants(self, client, merchant):
        other = MerchantFactory()
        with scope(merchant=other):
            save(other, title="别家的")
        assert "别家的" not in self.text(client)
        assert DistributorFactory().merchant == merchant
