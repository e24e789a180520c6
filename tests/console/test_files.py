"""Files in with a preview and faults by line, files out that come back in."""

from io import BytesIO

import openpyxl
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.urls import reverse

from apps.distributors.models import Customer, Distributor, Level
from apps.orders.models import Order, Refund
from apps.orders.services.refunds import complete_refund, undo_refund

LEVELS = "code,name,rank\nsilver,银牌,20\ngold,Gold,{rank}\n"


def upload(client, model, content: bytes):
    file = SimpleUploadedFile("file.csv", content)
    return client.post(
        reverse(f"admin:{model}_import"), {"format": "0", "resource": "0", "import_file": file}
    )


def confirm(client, model, preview):
    values = preview.context["confirm_form"].initial
    return client.post(reverse(f"admin:{model}_process_import"), values)


def export(client, model, file_format="0") -> bytes:
    url = reverse(f"admin:{model}_export")
    return client.post(url, {"format": file_format, "resource": "0"}).content


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_a_file_is_previewed_and_then_taken_in(client, kit, encoding):
    gold = Level.objects.get(code="gold")
    content = LEVELS.format(rank=gold.rank).encode(encoding)

    preview = upload(client, "distributors_level", content)
    before = Level.objects.count()
    confirm(client, "distributors_level", preview)

    result = preview.context["result"]
    assert [row.import_type for row in result.rows] == ["new", "skip"]
    assert before == 1
    assert Level.objects.get(code="silver").name == "银牌"


def test_faults_are_listed_by_line_and_column_and_nothing_is_written(client, kit):
    content = b"code,name,rank\nsilver,Silver,x\n,Bronze,3\n"

    answer = upload(client, "distributors_level", content)

    found = [(each.line, each.column) for each in answer.context["result"].problems]
    assert found == [(2, "rank"), (3, "code")]
    assert "confirm_form" not in answer.context
    assert Level.objects.count() == 1


@pytest.mark.parametrize(
    "content", [b"\xff\xfe\x00\xd8", b"code,name\nx,y\n", b"code,name,rank\n", b""]
)
def test_a_file_that_is_none_is_refused_as_a_whole(client, kit, content):
    answer = upload(client, "distributors_level", content)

    assert answer.status_code == 200
    assert "confirm_form" not in answer.context
    assert Level.objects.count() == 1


def test_what_changed_since_the_preview_is_refused_on_confirmation(client, kit):
    gold = Level.objects.get(code="gold")
    preview = upload(client, "distributors_level", LEVELS.format(rank=gold.rank).encode())
    Level.objects.create(merchant=kit.merchant, code="other", name="Other", rank=20)

    answer = confirm(client, "distributors_level", preview)

    assert answer["Location"] == reverse("admin:distributors_level_import")
    assert not Level.objects.filter(code="silver").exists()


@pytest.mark.parametrize(
    "model",
    [
        "distributors_level",
        "distributors_distributor",
        "products_product",
        "orders_order",
        "orders_refund",
    ],
)
def test_an_exported_file_comes_back_in_unchanged(client, kit, model):
    asked = Refund.objects.get()
    undo_refund(refund=complete_refund(refund=asked), reason="came back")
    content = export(client, model)

    preview = upload(client, model, content)

    result = preview.context["result"]
    assert result.problems == []
    assert {row.import_type for row in result.rows} == {"skip"}
    assert content.startswith("\ufeff".encode())


def test_a_workbook_has_numbers_and_no_formulas(client, kit):
    Customer.objects.filter(orders=kit.ids["order"]).update(identifier="=1+1")

    book = openpyxl.load_workbook(BytesIO(export(client, "orders_order", "1")))

    rows = list(book.active.values)
    header, first = rows[0], dict(zip(rows[0], rows[1], strict=True))
    assert header[:4] == ("order_no", "line_no", "sku", "quantity")
    assert first["customer"] == "'=1+1"
    assert (first["unit_price"], first["quantity"]) == (100, 1)


def test_commissions_and_withdrawals_leave_without_account_numbers(client, kit):
    commissions = export(client, "commissions_commission").decode("utf-8-sig").splitlines()
    withdrawals = export(client, "payouts_withdrawal").decode("utf-8-sig")

    assert commissions[0].startswith("order_no,line_no,refund_no,beneficiary,kind,depth")
    assert len(commissions) == 3
    assert "6222020200112233445" not in withdrawals
    assert withdrawals.count(kit.distributor.code) == 2


def test_only_the_filtered_rows_are_exported(client, kit):
    url = reverse("admin:orders_order_export") + "?status__exact=pending"

    content = client.post(url, {"format": "0", "resource": "0"}).content.decode("utf-8-sig")

    pending = Order.objects.filter(status="pending").order_by("pk")
    numbers = [line.split(",")[0] for line in content.splitlines()[1:]]
    assert sorted(numbers) == sorted(each.order_no for each in pending)
    assert kit.ids["pending"] in {each.pk for each in pending}
    assert len(numbers) == 2
    assert Distributor.objects.count() == 4
