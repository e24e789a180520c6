"""What the command line says, beyond the figures: options, refusals, formats."""

import csv
import io
import json
from datetime import UTC, datetime
from decimal import Decimal

import pytest
from django.core.management import CommandError, call_command

from apps.commissions.models import Plan
from apps.commissions.selectors import COLUMNS
from tests.factories import DistributorFactory, MerchantFactory, OrderFactory, OrderLineFactory

pytestmark = pytest.mark.django_db
ONE = {"name": "One", "depths": 1, "rules": [{"depth": 1, "percent": "10"}]}
TWO = {
    "name": "Two",
    "depths": 2,
    "rules": [{"depth": 1, "percent": "10"}, {"depth": 2, "percent": "5"}],
}


def run(*arguments: str) -> str:
    out = io.StringIO()
    call_command(*arguments, stdout=out)
    return out.getvalue()


@pytest.fixture
def plan_file(tmp_path):
    def write(document) -> str:
        path = tmp_path / "plan.json"
        path.write_text(json.dumps(document), encoding="utf-8")
        return str(path)

    return write


class TestImportPlan:
    def test_saves_a_draft_unless_told_to_activate(self, merchant, plan_file):
        printed = run("import_plan", "--merchant", merchant.code, plan_file(ONE))
        assert printed == "One v1: saved as a draft.\n"
        assert Plan.objects.get().is_draft

    def test_activates_from_a_moment_in_the_merchants_zone(self, merchant, plan_file):
        printed = run(
            "import_plan", "--merchant", merchant.code, plan_file(TWO), "--activate",
            "--from", "2026-03-01T00:00:00", "--acknowledge", "Owner",
        )  # fmt: skip
        assert printed == "Two v1: active for orders paid from 2026-03-01T00:00:00+08:00.\n"
        assert Plan.objects.get().effective_from == datetime(2026, 2, 28, 16, tzinfo=UTC)

    @pytest.mark.parametrize(
        ("document", "options", "reason"),
        [
            (ONE | {"depths": 4}, [], "depths: must be a whole number from 1 to 3."),
            (TWO, ["--activate"], "depths: More than one depth needs the name"),
            (ONE, ["--activate", "--from", "soon"], "--from: “soon” is not a time such as"),
        ],
    )
    def test_refuses_by_path_and_writes_nothing(
        self, merchant, plan_file, document, options, reason
    ):
        with pytest.raises(CommandError, match="(?s)" + reason.replace("(", r"\(")):
            run("import_plan", "--merchant", merchant.code, plan_file(document), *options)
        assert not Plan.objects.exists()

    def test_names_a_file_that_cannot_be_read(self, merchant):
        with pytest.raises(CommandError, match="No such file"):
            run("import_plan", "--merchant", merchant.code, "nowhere.json")


class TestExports:
    @pytest.fixture
    def sale(self, merchant, plan_file):
        run(
            "import_plan", "--merchant", merchant.code, plan_file(ONE), "--activate",
            "--from", "2026-03-01",
        )  # fmt: skip
        # 2026-03-10 00:30 in Shanghai, still the 9th in UTC
        paid_at = datetime(2026, 3, 9, 16, 30, tzinfo=UTC)
        order = OrderFactory(
            distributor=DistributorFactory(code="=1+1"), completed=True, placed_at=paid_at
        )
        OrderLineFactory(order=order, unit_price=Decimal("100.00"))
        run("run_due", "--merchant", merchant.code, "--as-of", "2026-03-31")
        return order

    def test_a_row_says_everything_once(self, merchant, sale):
        printed = run("export_commissions", "--merchant", merchant.code)
        (row,) = csv.DictReader(io.StringIO(printed))
        assert tuple(row) == COLUMNS
        assert row == {
            "order_no": sale.order_no, "line_no": "1", "refund_no": "", "beneficiary": "'=1+1",
            "kind": "share", "depth": "1", "base_amount": "100.00", "rate": "10.00",
            "amount": "10.00", "state": "released", "plan": "One",
            "earned_at": "2026-03-10T00:30:00+08:00", "release_at": "2026-03-20T00:30:00+08:00",
        }  # fmt: skip

    @pytest.mark.parametrize(
        ("first", "last", "rows"),
        [
            ("2026-03-10", "2026-03-10", 1),
            ("2026-03-11", "2026-03-12", 0),
            ("2026-03-01", "2026-03-09", 0),
        ],
    )
    def test_days_are_the_merchants(self, merchant, sale, first, last, rows):
        printed = run(
            "export_commissions", "--merchant", merchant.code, "--from", first, "--to", last
        )
        assert len(printed.splitlines()) == 1 + rows

    def test_another_merchants_rows_are_not_in_it(self, merchant, sale):
        other = MerchantFactory()
        printed = run("export_commissions", "--merchant", other.code)
        assert printed == ",".join(COLUMNS) + "\n"

    def test_a_day_that_is_none_is_named(self, merchant):
        with pytest.raises(CommandError, match="--from: “March” is not a date"):
            run("export_commissions", "--merchant", merchant.code, "--from", "March")


class TestRunDue:
    def test_every_active_merchant_in_turn(self, merchant):
        other = MerchantFactory(code="zebra")
        MerchantFactory(code="asleep", is_active=False)
        lines = run("run_due").splitlines()
        assert [line.split(":")[0] for line in lines] == sorted([merchant.code, other.code])
        assert lines[0].endswith(
            ": attributed=0 booked=0 commissions=0 refunds=0 reversed=0 released=0"
        )

    def test_an_unknown_merchant_is_answered_with_those_there_are(self, merchant):
        with pytest.raises(CommandError, match=f"no merchant “x”.*{merchant.code}"):
            run("run_due", "--merchant", "x")
