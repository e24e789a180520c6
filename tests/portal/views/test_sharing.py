"""What I share: links, QR codes, posters, and what they brought."""

from io import BytesIO

import pytest
from django.core.cache import cache
from django.urls import reverse
from django_scopes import scope
from PIL import Image

from apps.portal import access
from apps.promotion.models import Click, Material, PromoLink
from apps.promotion.services.clicks import Visit, record_click
from apps.promotion.services.links import ensure_link, revoke_link
from apps.promotion.services.materials import save_material
from tests.factories import DistributorFactory, MerchantFactory, SkuFactory, UserFactory
from tests.price_control.uploads import picture


@pytest.fixture
def link(distributor):
    return ensure_link(distributor=distributor, kind="shop")


@pytest.fixture
def backdrop(merchant):
    return save_material(
        merchant=merchant, kind="poster", title="Fog", files=[picture()], is_published=True
    )


def poster(client, link, look="plain", **query):
    return client.get(reverse("portal:link_poster", args=[link.code, look]), query)


class TestShare:
    def test_my_shop(self, client, distributor):
        html = client.get(reverse("portal:share")).content.decode()

        link = PromoLink.objects.get()
        assert (link.distributor, link.kind) == (distributor, "shop")
        assert f'value="http://testserver/r/{link.code}"' in html
        assert reverse("portal:link_poster", args=[link.code, "plain"]) in html
        client.get(reverse("portal:share"))
        assert PromoLink.objects.count() == 1

    def test_a_product_and_an_invitation(self, client, sku):
        for kind, target in (("product", sku.product_id), ("invitation", 0)):
            page = client.get(reverse("portal:share_target", args=[kind, target]))
            assert page.context["link"].kind == kind
            assert page.context["link"].target_id == target

    @pytest.mark.parametrize("kind", ["nonsense", "product"])
    def test_what_is_not_there_is_not_found(self, client, kind):
        answer = client.get(reverse("portal:share_target", args=[kind, 999]))

        assert answer.status_code == 404
        assert PromoLink.objects.count() == 0

    def test_another_merchants_product_is_not_found(self, client):
        with scope(merchant=MerchantFactory()):
            foreign = SkuFactory().product_id

        assert (
            client.get(reverse("portal:share_target", args=["product", foreign])).status_code == 404
        )
        assert PromoLink.objects.count() == 0

    def test_who_is_suspended_reads_why_there_is_no_link(self, client, distributor):
        distributor.status = "suspended"
        distributor.save(update_fields=["status"])

        page = client.get(reverse("portal:share"), headers={"accept-language": "en"})

        assert page.status_code == 200
        assert "You cannot share while your account is not active" in page.content.decode()
        assert PromoLink.objects.count() == 0

    def test_looks_and_backdrops(self, client, backdrop):
        page = client.get(reverse("portal:share"), {"look": "ink"})
        assert page.context["look"] == "ink"
        page = client.get(reverse("portal:share"), {"material": backdrop.pk})
        assert (page.context["look"], page.context["backdrop"]) == ("backdrop", backdrop)
        page = client.get(reverse("portal:share"), {"look": "nonsense", "material": "999"})
        assert (page.context["look"], page.context["backdrop"]) == ("plain", None)

    def test_the_figures_of_this_link_alone(self, client, distributor, link):
        for visitor in "ab":
            record_click(
                distributor=distributor, visit=Visit(visitor, "phone"), target="/", link=link
            )
        record_click(distributor=distributor, visit=Visit("c", "phone"), target="/")

        assert client.get(reverse("portal:share")).context["funnel"].clicks == 2


class TestQr:
    @pytest.mark.parametrize(
        ("image_format", "content_type"), [("png", "image/png"), ("svg", "image/svg+xml")]
    )
    def test_it_is_kept_by_the_browser(self, client, link, image_format, content_type):
        address = reverse("portal:link_qr", args=[link.code, image_format])

        first = client.get(address)
        again = client.get(address, headers={"if-none-match": first.headers["ETag"]})

        assert (first.status_code, again.status_code, again.content) == (200, 304, b"")
        assert first.headers["Content-Type"] == content_type
        assert first.headers["Cache-Control"] == again.headers["Cache-Control"]
        assert first.headers["Cache-Control"] == "private, max-age=86400"

    def test_it_is_saved_under_a_name(self, client, link):
        answer = client.get(reverse("portal:link_qr", args=[link.code, "svg"]), {"download": ""})

        name = f"qr-{link.code}.svg"
        assert answer.headers["Content-Disposition"] == f'attachment; filename="{name}"'

    def test_it_is_large_enough_to_print(self, client, link):
        answer = client.get(reverse("portal:link_qr", args=[link.code, "png"]))
        drawn = Image.open(BytesIO(answer.content))
        assert drawn.width == drawn.height >= 400

    def test_other_formats_others_links_and_revoked_ones_are_not_found(self, client, link):
        stranger = ensure_link(distributor=DistributorFactory(), kind="shop")
        for code, image_format in ((link.code, "gif"), (stranger.code, "png"), ("nobody", "png")):
            address = reverse("portal:link_qr", args=[code, image_format])
            assert client.get(address).status_code == 404
        revoke_link(link=link, reason="Spam", actor=None)
        assert client.get(reverse("portal:link_qr", args=[link.code, "png"])).status_code == 404

    def test_it_needs_a_sign_in(self, client, link):
        client.logout()
        answer = client.get(reverse("portal:link_qr", args=[link.code, "png"]))
        assert answer.status_code == 302


class TestPoster:
    @pytest.mark.parametrize("look", ["plain", "picture", "festive", "ink"])
    def test_each_look_is_a_picture_of_its_own(self, client, link, look):
        answer = poster(client, link, look)

        assert answer.headers["Content-Type"] == "image/jpeg"
        assert Image.open(BytesIO(answer.content)).size == (750, 1200)
        again = client.get(
            reverse("portal:link_poster", args=[link.code, look]),
            headers={"if-none-match": answer.headers["ETag"]},
        )
        assert again.status_code == 304

    def test_a_backdrop_of_the_library(self, client, link, backdrop):
        answer = poster(client, link, "backdrop", material=backdrop.pk, download="")

        assert Image.open(BytesIO(answer.content)).size == (750, 1200)
        assert answer.headers["Content-Disposition"].startswith("attachment")

    def test_no_look_and_no_backdrop_of_others(self, client, link, backdrop):
        with scope(merchant=MerchantFactory()) as _:
            pass
        Material.objects.filter(pk=backdrop.pk).update(is_exclusive=True)
        for look, material in (("nonsense", ""), ("backdrop", ""), ("backdrop", backdrop.pk)):
            assert poster(client, link, look, material=material).status_code == 404

    def test_hundreds_of_new_ones_are_refused_and_kept_ones_still_given(
        self, client, link, monkeypatch
    ):
        cache.clear()
        monkeypatch.setitem(access.LIMITS, "poster", "1/h/user")
        assert poster(client, link, "plain").status_code == 200
        assert poster(client, link, "ink").status_code == 429
        assert poster(client, link, "plain").status_code == 200
        cache.clear()


class TestFigures:
    def test_by_link_and_by_material(self, client, distributor, merchant, link):
        words = save_material(merchant=merchant, kind="text", title="秋茶", text="x")
        with_words = ensure_link(distributor=distributor, kind="shop", material=words)
        for visitor, each in (("a", link), ("b", link), ("c", with_words)):
            record_click(
                distributor=distributor, visit=Visit(visitor, "phone"), target="/", link=each
            )
        record_click(distributor=DistributorFactory(), visit=Visit("d", "phone"), target="/")

        page = client.get(reverse("portal:promotion")).context
        rows = [(row.pk, funnel.clicks) for row, funnel in page["page"]]
        assert rows == [(link.pk, 2), (with_words.pk, 1)]
        assert (page["whole"].clicks, sum(count for _day, count in page["points"])) == (3, 3)
        page = client.get(reverse("portal:promotion"), {"by": "material"}).context
        assert [(row, funnel.clicks) for row, funnel in page["page"]] == [(words, 1)]

    @pytest.mark.parametrize(
        ("query", "days"),
        [
            ({}, 30),
            ({"days": "7"}, 7),
            ({"days": "999"}, 30),
            ({"first": "2026-01-01", "last": "2026-01-10"}, 10),
            ({"first": "2001-01-01", "last": "2026-01-10"}, 367),
            ({"first": "2026-02-01", "last": "2026-01-10"}, 30),
            ({"first": "nonsense"}, 30),
        ],
    )
    def test_periods(self, client, query, days):
        assert len(client.get(reverse("portal:promotion"), query).context["points"]) == days

    def test_nothing_yet(self, client):
        html = client.get(reverse("portal:promotion"), headers={"accept-language": "en"})
        assert "No clicks in this period" in html.content.decode()
        assert Click.objects.count() == 0


def test_two_people_of_one_merchant_see_their_own(client, merchant, link):
    other = DistributorFactory(user=UserFactory())
    client.force_login(other.user)

    page = client.get(reverse("portal:share"))

    assert page.context["link"].distributor == other
    assert poster(client, link).status_code == 404
