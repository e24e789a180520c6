"""Product files with attributes, prices per level, suppliers and pictures, out and in again."""

import io
import zipfile
from decimal import Decimal

import pytest
from django.core.management import call_command
from django.core.management.base import CommandError
from PIL import Image

from apps.core.csv_files import ImportRefused, read_rows
from apps.products.models import (
    LevelPrice,
    Product,
    ProductPicture,
    Sku,
    StockMovement,
    Supplier,
)
from apps.products.resources import ProductExport, ProductZip
from apps.products.services.archive import MAX_FILES, open_archive
from apps.products.services.importing import MORE_COLUMNS, PRODUCT_COLUMNS, import_products
from tests.factories import LevelFactory, ProductFactory, SkuFactory

HEADER = ",".join((*PRODUCT_COLUMNS, *MORE_COLUMNS)) + "\n"
TEA = (
    "T-1,普洱,茶,100,40,5,TEA,颜色:红;规格:大,128,80,S1,2,gold:88.00;silver:90,a.png;b.png\n"
    "T-2,普洱,茶,50,20,7,TEA,颜色:白;规格:大,,,,,,\n"
)


@pytest.fixture(autouse=True)
def media(settings, tmp_path):
    settings.MEDIA_ROOT = tmp_path / "media"
    return settings.MEDIA_ROOT


@pytest.fixture(autouse=True)
def around(merchant):
    LevelFactory(code="gold", rank=2)
    LevelFactory(code="silver", rank=1)
    Supplier.objects.create(merchant=merchant, code="S1", name="Farm")


def picture(colour="red"):
    out = io.BytesIO()
    Image.new("RGB", (40, 30), colour).save(out, "PNG")
    return out.getvalue()


def packed(csv, files=None, **more):
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        if csv is not None:
            archive.writestr("products.csv", csv)
        for name, content in {**(files or {}), **more}.items():
            archive.writestr(name, content)
    return out.getvalue()


PICTURES = {"images/a.png": picture(), "images/b.png": picture("blue")}


def take_in(merchant, content, **more):
    """As the command line does."""
    archive = open_archive(content) if content.startswith(b"PK") else None
    rows = read_rows(
        archive.csv if archive else content, required=PRODUCT_COLUMNS, optional=MORE_COLUMNS
    )
    return import_products(merchant=merchant, rows=rows, archive=archive, **more)


def faults(merchant, content):
    with pytest.raises(ImportRefused) as refused:
        take_in(merchant, content)
    assert not LevelPrice.objects.exists()
    assert not ProductPicture.objects.exists()
    return [(each.line, each.column, each.reason) for each in refused.value.problems]


def export(zipped=True):
    dataset = ProductExport().export(Product.objects.all())
    return ProductZip().export_data(dataset)


def test_everything_comes_in(merchant):
    report = take_in(merchant, packed(HEADER + TEA, PICTURES))
    assert str(report) == "2 created, 0 updated, 0 unchanged"
    product = Product.objects.get()
    assert (product.code, product.name, product.category.path) == ("TEA", "普洱", "茶")
    assert product.options == [
        {"name": "颜色", "values": ["红", "白"]},
        {"name": "规格", "values": ["大"]},
    ]
    first, second = Sku.objects.order_by("code")
    assert (first.combination, first.market_price, first.floor_price, first.low_stock) == (
        "红 / 大", Decimal(128), Decimal(80), 2,
    )  # fmt: skip
    assert (first.supplier.code, first.stock, second.combination) == ("S1", 5, "白 / 大")
    assert (second.market_price, second.floor_price, second.supplier) == (None, None, None)
    prices = LevelPrice.objects.order_by("level__code").values_list(
        "sku__code", "level__code", "price"
    )
    assert list(prices) == [("T-1", "gold", Decimal(88)), ("T-1", "silver", Decimal(90))]
    assert [(each.position, each.width) for each in product.pictures.all()] == [(1, 40), (2, 40)]
    assert product.image.name == product.pictures.first().file.name
    assert set(StockMovement.objects.values_list("reason", "quantity")) == {
        ("import", 5),
        ("import", 7),
    }


def test_out_and_in_again_changes_nothing(merchant):
    take_in(merchant, packed(HEADER + TEA, PICTURES))
    SkuFactory(code="=1+1", product=ProductFactory(code="-P", name="+name"), stock=0)
    before = export()
    names = set(ProductPicture.objects.values_list("file", flat=True))
    report = take_in(merchant, before)
    assert str(report) == "0 created, 0 updated, 3 unchanged"
    assert export() == before
    assert set(ProductPicture.objects.values_list("file", flat=True)) == names
    # The CSV alone names the pictures that are there.
    assert take_in(merchant, open_archive(before).csv).count("unchanged") == 3


def test_into_an_empty_shop_it_makes_the_same_goods(merchant):
    take_in(merchant, packed(HEADER + TEA, PICTURES))
    before = open_archive(export())
    with_names = before.csv.decode().splitlines()
    LevelPrice.objects.all().delete()
    Sku.objects.update(market_price=None, floor_price=None, supplier=None, low_stock=None)
    Sku.objects.update(combination="")
    Product.objects.update(options=[])
    assert take_in(merchant, packed(before.csv, {
        f"images/{name}": content for name, content in before.pictures.items()
    })).count("updated") == 2  # fmt: skip
    assert open_archive(export()).csv.decode().splitlines() == with_names


def test_the_old_columns_leave_everything_else_alone(merchant):
    take_in(merchant, packed(HEADER + TEA, PICTURES))
    before = export()
    old = "sku,name,category,price,cost,stock\nT-1,普洱,茶,100,40,5\nT-2,普洱,茶,50,20,7\n"
    assert take_in(merchant, old.encode()).count("unchanged") == 2
    assert export() == before


def test_an_empty_cell_takes_away_but_for_pictures(merchant):
    take_in(merchant, packed(HEADER + TEA, PICTURES))
    bare = "T-1,普洱,茶,100,40,5,TEA,颜色:红;规格:大,,,,,,\n"
    bare += "T-2,普洱,茶,50,20,7,TEA,颜色:白;规格:大,,,,,,\n"
    report = take_in(merchant, (HEADER + bare).encode())
    assert [each[1] for each in report.outcomes] == ["updated", "unchanged"]
    sku = Sku.objects.get(code="T-1")
    assert (sku.market_price, sku.floor_price, sku.supplier, sku.low_stock) == (None,) * 4
    assert not LevelPrice.objects.exists()
    assert ProductPicture.objects.count() == 2


def test_two_skus_may_change_places(merchant):
    take_in(merchant, packed(HEADER + TEA, PICTURES))
    text = "sku,name,category,price,cost,stock,options\n"
    text += "T-1,普洱,茶,100,40,5,颜色:白;规格:大\nT-2,普洱,茶,50,20,7,颜色:红;规格:大\n"
    take_in(merchant, text.encode())
    assert list(Sku.objects.order_by("code").values_list("combination", flat=True)) == [
        "白 / 大",
        "红 / 大",
    ]


ROW = "T-1,n,,100,40,5,TEA,{options},{market},{floor},{supplier},{low},{levels},{images}\n"
EMPTY = dict.fromkeys(("options", "market", "floor", "supplier", "low", "levels", "images"), "")


@pytest.mark.parametrize(
    ("cells", "column", "reason"),
    [
        ({"options": "红"}, "options", "“红” is not written as name:value."),
        ({"options": "颜色:红;颜色:白"}, "options", "names something twice."),
        ({"options": "a:b/c"}, "options", "“b/c”: from 1 to 30 characters, without / : ; or |."),
        ({"market": "99"}, "market_price", "is below the price, 100.00."),
        ({"floor": "100.01"}, "price", "100.00 is below the lowest price allowed, 100.01."),
        ({"floor": "x"}, "floor_price", "“x” is not an amount with at most two decimals."),
        ({"supplier": "S9"}, "supplier", "“S9” is no supplier's code."),
        ({"low": "-1"}, "low_stock", "“-1” is less than 0."),
        ({"levels": "gold:x"}, "level_prices", "“x” is not an amount with at most two decimals."),
        ({"levels": "iron:9"}, "level_prices", "“iron” is no level."),
        ({"levels": "gold:101"}, "level_prices", "101.00 is above the SKU's own price, 100.00."),
        (
            {"levels": "gold:79.99", "floor": "80"},
            "level_prices",
            "79.99 is below the lowest price allowed, 80.00.",
        ),
        ({"images": "c.png"}, "images", "“c.png” is not in the folder “images”."),
        (
            {"images": "bad.png"},
            "images",
            "bad.png: This is not a JPEG, PNG or WebP picture that can be read.",
        ),
    ],
)
def test_faults_are_told_by_line_and_column(merchant, media, cells, column, reason):
    text = HEADER + "T-0,m,,1,1,1,,,,,,,,\n" + ROW.format(**(EMPTY | cells))
    files = {"images/bad.png": b"<svg onload=alert(1)>"}
    assert faults(merchant, packed(text, files)) == [(3, column, reason)]
    assert not Sku.objects.exists()
    assert not list(media.rglob("*.webp"))


@pytest.mark.parametrize(
    ("rows", "column"),
    [
        # The same combination twice; other options; other pictures; another name.
        ("A,n,,1,1,1,P,c:r,,,,,,\nB,n,,1,1,1,P,c:r,,,,,,\n", "options"),
        ("A,n,,1,1,1,P,c:r,,,,,,\nB,n,,1,1,1,P,d:x,,,,,,\n", "options"),
        ("A,n,,1,1,1,P,,,,,,,a.png\nB,n,,1,1,1,P,,,,,,,b.png\n", "images"),
        ("A,n,,1,1,1,P,,,,,,,\nB,m,,1,1,1,P,,,,,,,\n", "name"),
    ],
)
def test_lines_of_one_product_must_agree(merchant, rows, column):
    found = faults(merchant, packed(HEADER + rows, PICTURES))
    assert [(line, each) for line, each, _reason in found] == [(3, column)]


def test_pictures_need_the_zip(merchant):
    text = HEADER + "T-1,n,,1,1,1,,,,,,,,a.png\n"
    assert [each[:2] for each in faults(merchant, text.encode())] == [(2, "images")]


def test_a_floor_of_before_still_holds(merchant):
    SkuFactory(code="T-1", price=Decimal(100), floor_price=Decimal(80), product__name="n")
    text = "sku,name,category,price,cost,stock\nT-1,n,,79.99,1,1\n"
    assert faults(merchant, text.encode()) == [
        (2, "price", "T-1: 79.99 is below the lowest price allowed, 80.00.")
    ]


def test_a_sku_stays_with_its_product(merchant):
    SkuFactory(code="T-1", product__code="P", product__name="n")
    text = HEADER + "T-1,n,,1,1,1,OTHER,,,,,,,\n"
    assert faults(merchant, text.encode()) == [(2, "product", "“T-1” belongs to “P”.")]


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"PK\x03\x04 no zip", "is not a ZIP file that can be read."),
        (packed(None, PICTURES), "holds no CSV."),
        (packed("x", {"b.csv": "y"}), "holds more than one CSV."),
        (packed("x", {"../a.png": b""}), "“../a.png” leads outside the file."),
        (packed("x", {"/etc/a.png": b""}), "“/etc/a.png” leads outside the file."),
        (packed("x", {"images\\..\\a.png": b""}), "“images\\..\\a.png” leads outside the file."),
        (packed("x", {"c:a.png": b""}), "“c:a.png” leads outside the file."),
        (packed("x", {"run.sh": b""}), "“run.sh” is neither the CSV nor in the folder “images”."),
        (packed("x", {"images/a/b.png": b""}),
         "“images/a/b.png” is neither the CSV nor in the folder “images”."),
        (packed("x", {"images/a.png": bytes(10 * 1024 * 1024 + 1)}),
         "“images/a.png” is too large."),
        (packed("x", {f"images/{number}": b"" for number in range(MAX_FILES)}),
         f"holds more than {MAX_FILES} files."),
    ],
)  # fmt: skip
def test_archives_that_are_not_taken(content, reason):
    with pytest.raises(ImportRefused) as refused:
        open_archive(content)
    assert [each.reason for each in refused.value.problems] == [reason]


def test_a_bomb_is_counted_while_it_is_unpacked():
    # 200 MB of zeros in 200 kB, which claims to be one byte.
    bomb = packed("x", {"images/a.png": bytes(200 * 1024 * 1024)})
    assert len(bomb) < 300_000
    size = (200 * 1024 * 1024).to_bytes(4, "little")
    assert bomb.count(size) == 2
    with pytest.raises(ImportRefused):
        open_archive(bomb.replace(size, (1).to_bytes(4, "little")))


def test_what_macos_adds_is_left_out(merchant):
    more = {"__MACOSX/._products.csv": b"x", "images/": b"", "images/.DS_Store": b"x"}
    content = packed(HEADER + TEA, PICTURES | more)
    assert take_in(merchant, content).count("created") == 2


def test_the_command_takes_both_and_a_dry_run_leaves_no_file(merchant, media, tmp_path, capsys):
    file = tmp_path / "goods.zip"
    file.write_bytes(packed(HEADER + TEA, PICTURES))
    call_command("import_products", "--merchant", merchant.code, "--dry-run", str(file))
    assert (Sku.objects.count(), list(media.rglob("*.webp"))) == (0, [])
    call_command("import_products", "--merchant", merchant.code, str(file))
    assert (Sku.objects.count(), len(list(media.rglob("*.webp")))) == (2, 8)
    assert "2 created" in capsys.readouterr().out
    file.write_bytes(packed(HEADER + TEA.replace("a.png", "x.png"), PICTURES))
    with pytest.raises(CommandError, match=r"line 2, images: “x\.png” is not in the folder"):
        call_command("import_products", "--merchant", merchant.code, str(file))
    assert len(list(media.rglob("*.webp"))) == 8
