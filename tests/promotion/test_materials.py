"""The material library: what may go in, who sees it, and what was done with it."""

from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone
from django_scopes import scope

from apps.core.attachments import AttachmentRefused, Upload
from apps.promotion.models import Material, MaterialFile, MaterialUse
from apps.promotion.selectors.materials import materials_for, text_with_link, with_uses
from apps.promotion.services.materials import record_use, save_material
from apps.promotion.services.refusals import PromotionRefused
from tests.core.videos import video
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory, SkuFactory
from tests.price_control.uploads import paper, picture

NOW = timezone.now()
DAY = timedelta(days=1)


def save(merchant, **values):
    facts = {"kind": "text", "title": "Words", "text": "See {link}", "is_published": True}
    return save_material(merchant=merchant, **facts | values)


class TestSaving:
    def test_words(self, merchant):
        material = save(merchant)

        assert (material.kind, material.preview) == ("text", "See")
        assert text_with_link(material, "https://x.example/r/a") == "See https://x.example/r/a"

    def test_pictures_are_drawn_again(self, merchant):
        material = save(merchant, kind="image", files=[picture("../../a.png"), picture()])

        files = list(material.files.order_by("pk"))
        assert [(each.kind, each.name) for each in files] == [
            ("image", "a.png" if files[0].name == "a.png" else files[0].name),
            ("image", "screen.png"),
        ]
        with files[0].file.open("rb") as kept:
            content = kept.read()
        assert content.startswith(b"\xff\xd8\xff")
        assert files[0].file.name.startswith(f"materials/{merchant.pk}/")
        assert "/media/" not in files[0].file.path

    def test_a_video(self, merchant):
        material = save(merchant, kind="video", files=[video()])

        assert [each.kind for each in material.files.all()] == ["video"]

    @pytest.mark.parametrize(
        "upload",
        [
            paper(),
            Upload("a.svg", b"<svg xmlns='http://www.w3.org/2000/svg'><script/></svg>"),
            Upload("a.png", b"\x89PNG\r\n\x1a\n not a picture"),
            Upload("a.mp4", b"\x00\x00\x00\x18ftypmp42 and then nothing"),
            Upload("a.html", b"<script>alert(1)</script>"),
        ],
        ids=["pdf", "svg", "broken", "not a video", "html"],
    )
    def test_other_files_are_refused_and_nothing_is_kept(self, merchant, upload):
        with pytest.raises((PromotionRefused, AttachmentRefused)):
            save(merchant, kind="image", files=[picture(), upload])

        assert (Material.objects.count(), MaterialFile.objects.count()) == (0, 0)

    @pytest.mark.parametrize(
        ("kind", "files", "text"),
        [
            ("image", [], "x"),
            ("poster", [], "x"),
            ("video", [picture()], "x"),
            ("text", [], " "),
            ("image", [picture()] * 10, ""),
            ("nonsense", [], "x"),
        ],
    )
    def test_each_kind_needs_its_own(self, merchant, kind, files, text):
        with pytest.raises(PromotionRefused):
            save(merchant, kind=kind, files=files, text=text)

        assert Material.objects.count() == 0

    def test_a_file_is_taken_off_and_its_row_stays(self, merchant):
        material = save(merchant, kind="image", files=[picture("a.png"), picture("b.png")])
        first, second = material.files.order_by("pk")

        save_material(merchant=merchant, material=material, title="New", remove=[first])

        assert Material.objects.get().title == "New"
        [kept] = with_kept(material)
        assert kept == second
        with pytest.raises(PromotionRefused):
            save_material(merchant=merchant, material=material, remove=[second])
        assert with_kept(material) == [second]

    def test_dates_in_the_wrong_order_are_refused(self, merchant):
        with pytest.raises(PromotionRefused):
            save(merchant, visible_from=NOW, visible_until=NOW - DAY)

    @pytest.mark.parametrize("name", ["product", "from_level"])
    def test_nothing_of_another_merchant_goes_in(self, merchant, name):
        with scope(merchant=MerchantFactory()):
            foreign = {"product": SkuFactory().product, "from_level": LevelFactory()}[name]

        with pytest.raises(PromotionRefused):
            save(merchant, **{name: foreign})
        assert Material.objects.count() == 0


def with_kept(material):
    return list(material.files.filter(removed_at=None))


class TestSeeing:
    def seen(self, person, **values):
        return [each.title for each in materials_for(person, at=NOW, **values)]

    def test_levels_open_none_standard_or_all(self, merchant):
        save(merchant, title="all", is_exclusive=True)
        save(merchant, title="standard")
        people = {
            rights: DistributorFactory(level=LevelFactory(materials=rights))
            for rights in ("none", "standard", "all")
        }

        assert self.seen(people["none"]) == []
        assert self.seen(people["standard"]) == ["standard"]
        assert self.seen(people["all"]) == ["standard", "all"]
        assert self.seen(DistributorFactory()) == ["standard"]

    def test_from_a_level_up(self, merchant):
        low, middle, high = (LevelFactory(rank=rank) for rank in (101, 102, 103))
        save(merchant, from_level=middle)

        people = [DistributorFactory(level=level) for level in (low, middle, high, None)]

        assert [len(self.seen(each)) for each in people] == [0, 1, 1, 0]

    def test_only_published_ones_inside_their_dates(self, merchant):
        save(merchant, title="draft", is_published=False)
        save(merchant, title="later", visible_from=NOW + DAY)
        save(merchant, title="over", visible_until=NOW)
        save(merchant, title="now", visible_from=NOW, visible_until=NOW + DAY)

        assert self.seen(DistributorFactory()) == ["now"]

    def test_by_kind_and_words(self, merchant):
        tea = SkuFactory(product__name="大红袍").product
        save(merchant, title="秋茶", kind="story", product=tea)
        save(merchant, title="春茶", text="明前")
        person = DistributorFactory()

        assert self.seen(person, kind="story") == ["秋茶"]
        assert self.seen(person, kind="nonsense") == ["春茶", "秋茶"]
        assert self.seen(person, query="红袍") == ["秋茶"]
        assert self.seen(person, query="明前") == ["春茶"]
        assert self.seen(person, query="\x00") == ["春茶", "秋茶"]
        assert self.seen(person, query="zzz") == []

    def test_another_merchants_are_not_there(self, merchant):
        other = MerchantFactory()
        with scope(merchant=other):
            save(other)

        assert self.seen(DistributorFactory()) == []


class TestUses:
    def test_they_are_counted(self, merchant, django_assert_num_queries):
        material, person = save(merchant), DistributorFactory()
        for kind in ("copy", "copy", "save"):
            record_use(material=material, distributor=person, kind=kind)

        with django_assert_num_queries(1):
            found = with_uses(Material.objects.all()).get()
        assert (found.copies, found.saves) == (2, 1)

    def test_they_are_never_changed(self, merchant):
        use = record_use(material=save(merchant), distributor=DistributorFactory(), kind="copy")

        with pytest.raises(IntegrityError), transaction.atomic():
            MaterialUse.objects.filter(pk=use.pk).update(kind="save")
        assert MaterialUse.objects.get().kind == "copy"

    def test_another_merchants_distributor_uses_nothing(self, merchant):
        material = save(merchant)
        with scope(merchant=MerchantFactory()):
            stranger = DistributorFactory()

        with pytest.raises(PromotionRefused):
            record_use(material=material, distributor=stranger, kind="copy")
        assert MaterialUse.objects.count() == 0
