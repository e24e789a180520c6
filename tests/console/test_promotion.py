"""Promotion in the console: figures to take home, links switched off, the library kept."""

import csv
import io

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse
from django_scopes import scope

from apps.promotion.models import Material, PromoLink, PromotionPolicy
from tests.console.world import make_kit
from tests.price_control.uploads import PDF, picture


def figures(client, **query):
    return client.get(reverse("console:promotion_figures"), query)


def rows_of(answer) -> list[dict]:
    text = b"".join(answer.streaming_content).decode("utf-8-sig")
    return list(csv.DictReader(io.StringIO(text)))


class TestFigures:
    @pytest.mark.parametrize(("by", "clicks"), [("distributor", 2), ("link", 1), ("material", 1)])
    def test_by_each(self, client, kit, by, clicks):
        page = figures(client, by=by)

        [(row, funnel)] = page.context["page"]
        assert funnel.clicks == clicks
        assert page.context["whole"].clicks == 2
        assert row["url"] in page.content.decode()

    def test_the_file_holds_the_same(self, client, kit):
        answer = client.get(reverse("console:promotion_figures_file"), {"by": "link"})

        [row] = rows_of(answer)
        link = PromoLink.objects.get()
        assert list(row) == [
            "key", "name", "distributor", "clicks", "visitors", "bound", "orders", "paid", "sales",
        ]  # fmt: skip
        assert (row["key"], row["distributor"]) == (str(link.pk), kit.distributor.code)
        assert row["name"].startswith(f"/r/{link.code} ")
        assert (row["clicks"], row["visitors"], row["sales"]) == ("1", "1", "0.00")

    def test_one_distributor_or_a_code_that_is_nobodys(self, client, kit):
        upline = kit.distributor.parent.code
        assert list(figures(client, distributor=upline).context["page"]) == []
        assert figures(client, distributor=kit.distributor.code).context["whole"].clicks == 2
        html = figures(client, distributor="zzz").content.decode()
        assert "Nobody has the code “zzz”" in html

    @pytest.mark.parametrize(
        "query", [{"from": "nonsense"}, {"from": "0001-01-01"}, {"from": "9999-12-31"}, {"by": "x"}]
    )
    def test_nonsense_is_the_usual_period(self, client, kit, query):
        assert len(figures(client, **query).context["points"]) == 30

    def test_a_neighbours_figures_are_their_own(self, client, kit):
        other = make_kit("theirs")
        client.force_login(other.people["owner"])

        with scope(merchant=other.merchant):
            [(row, _funnel)] = figures(client).context["page"]
        assert row["code"] == other.distributor.code


class TestLinks:
    def test_one_is_switched_off(self, client, kit):
        step = reverse("console:revoke_link", args=[kit.ids["promolink"]])
        assert client.post(step, {"reason": ""}).status_code == 200
        assert PromoLink.objects.get().revoked_at is None

        answer = client.post(step, {"reason": "Posted as spam"}, follow=True)

        link = PromoLink.objects.get()
        assert (link.revoked_by, link.revoke_reason) == (kit.people["owner"], "Posted as spam")
        assert "Posted as spam" in answer.content.decode()
        assert client.get(f"/r/{link.code}").status_code == 410
        assert "switched off already" not in answer.content.decode()
        assert "revoked already" in client.post(step, {"reason": "x"}).content.decode()


class TestSettings:
    def test_they_are_saved_with_who_did_it(self, client, kit):
        step = reverse("console:set_promotion_policy", args=[kit.merchant.pk])
        assert client.get(step).context["form"]["retention_days"].value() == 400

        client.post(step, {"retention_days": "500", "slogan": "慢慢喝"})

        policy = PromotionPolicy.objects.get()
        assert (policy.retention_days, policy.slogan) == (500, "慢慢喝")
        assert policy.changed_by == kit.people["owner"]
        page = client.post(step, {"retention_days": "10", "slogan": ""})
        assert page.status_code == 200
        assert PromotionPolicy.objects.get().retention_days == 500


class TestLibrary:
    ADD = "/console/promotion/material/add/"

    def test_a_material_is_added_and_changed(self, client, kit):
        upload = picture()
        file = SimpleUploadedFile("a.png", upload.content)
        values = {"kind": "image", "title": "茶园", "text": "", "is_published": "on"}

        answer = client.post(self.ADD, values | {"files": [file]})

        assert answer.status_code == 302, answer.content.decode()[:3000]
        material = Material.objects.get(title="茶园")
        first = material.files.get()
        assert material.is_published
        change = f"/console/promotion/material/{material.pk}/change/"
        file = SimpleUploadedFile("b.png", upload.content)
        client.post(change, values | {"title": "新茶园", "files": [file], "remove": [first.pk]})
        material.refresh_from_db()
        assert material.title == "新茶园"
        kept = material.files.filter(removed_at=None).get()
        assert kept.pk != first.pk
        shown = client.get(reverse("console:material_file", args=[kept.pk]))
        assert shown.headers["Content-Type"] == "image/jpeg"

    def test_what_is_refused_is_said_and_nothing_is_kept(self, client, kit):
        before = Material.objects.count()
        file = SimpleUploadedFile("a.pdf", PDF)

        answer = client.post(self.ADD, {"kind": "image", "title": "x", "files": [file]})

        assert answer.status_code == 200
        assert "neither a picture nor an MP4 video" in answer.content.decode()
        assert Material.objects.count() == before
