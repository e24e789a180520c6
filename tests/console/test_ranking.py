"""The ranking page shows what the command line writes."""

from datetime import timedelta
from io import BytesIO, StringIO

from django.core.management import call_command
from django.urls import reverse
from django.utils import timezone
from openpyxl import load_workbook

from apps.console.views import files
from apps.console.views import ranking as ranking_views
from apps.insights.models import RankingSnapshot
from tests.console.world import make_kit

PERIOD = {"from": "2020-01-01", "to": "2999-12-31"}


def command_output(kit, **options) -> str:
    out = StringIO()
    call_command(
        "export_ranking",
        merchant=kit.merchant.code,
        date_from=PERIOD["from"],
        date_to=PERIOD["to"],
        stdout=out,
        **options,
    )
    return out.getvalue()


def test_the_download_is_the_commands_file_with_a_bom(client, kit):
    answer = client.get(reverse("console:ranking_file"), {**PERIOD, "by": "own_sales"})

    content = b"".join(answer.streaming_content).decode()
    assert content == "\ufeff" + command_output(kit, by="own_sales")


def test_the_page_shows_the_same_rows(client, kit):
    page = client.get(reverse("console:ranking"), PERIOD).context["page"]

    shown = [(row.rank, row.code, f"{row.team_sales}") for row, _level in page]
    lines = [line.split(",") for line in command_output(kit).splitlines()[1:]]
    assert shown == [(int(line[0]), line[1], line[5]) for line in lines]
    assert len(shown) == 4


def test_a_search_keeps_the_ranks(client, kit):
    everybody = client.get(reverse("console:ranking"), PERIOD).context["page"]
    wanted, _level = everybody.object_list[-1]

    page = client.get(reverse("console:ranking"), {**PERIOD, "q": wanted.code}).context["page"]

    assert [row for row, _level in page] == [wanted]


def test_a_page_is_a_part_of_the_whole_and_past_the_end_comes_the_last(client, kit, monkeypatch):
    everybody = client.get(reverse("console:ranking"), PERIOD).context["page"].object_list
    monkeypatch.setattr(ranking_views, "PER_PAGE", 3)

    pages = {
        number: client.get(reverse("console:ranking"), {**PERIOD, "page": number}).context["page"]
        for number in ("1", "2", "9", "-1", "x")
    }

    assert len(everybody) == 4
    shown = {number: (page.number, page.object_list) for number, page in pages.items()}
    first, second = (1, everybody[:3]), (2, everybody[3:])
    assert shown == {"1": first, "2": second, "9": second, "-1": second, "x": first}


def test_nonsense_in_the_address_shows_this_month(client, kit):
    answer = client.get(reverse("console:ranking"), {"from": "yesterday", "by": "luck"})

    assert answer.context["query"].by == "team_sales"
    assert answer.context["query"].date_from.day == 1


def test_a_period_that_ends_before_it_begins_is_refused(client, kit):
    backwards = {"from": "2026-02-01", "to": "2026-01-01"}

    assert client.get(reverse("console:ranking"), backwards).context["refusal"]
    assert client.get(reverse("console:ranking_file"), backwards).status_code == 400


def csv_cells(answer) -> list[list[str]]:
    text = b"".join(answer.streaming_content).decode().removeprefix("\ufeff")
    return [line.split(",") for line in text.splitlines()]


def xlsx_cells(answer) -> list[list[str]]:
    """Cells as the CSV writes them; the workbook keeps numbers as numbers."""
    sheet = load_workbook(BytesIO(answer.content)).active
    money = {"E", "F", "H"}
    found = []
    for row in sheet.iter_rows():
        cells = [each for each in row if each.value is not None or each.column_letter == "D"]
        found.append(
            [
                f"{each.value:.2f}"
                if each.column_letter in money and isinstance(each.value, int | float)
                else str(each.value or "")
                if not isinstance(each.value, int)
                else str(each.value)
                for each in cells
            ]
        )
    return found


def test_the_workbook_holds_the_cells_of_the_csv(client, kit):
    address = reverse("console:ranking_file")

    as_csv = csv_cells(client.get(address, PERIOD))
    as_xlsx = xlsx_cells(client.get(address, {**PERIOD, "format": "xlsx"}))

    assert as_xlsx == as_csv
    assert as_csv[0][0] == "rank" and len(as_csv) == 5


def test_a_workbook_that_would_be_too_large_is_refused(client, kit, monkeypatch):
    monkeypatch.setattr(files, "MOST_XLSX_ROWS", 2)

    answer = client.get(reverse("console:ranking_file"), {**PERIOD, "format": "xlsx"})

    assert answer.status_code == 400
    assert answer.content.decode() == (
        "A workbook holds at most 2 rows here. Download the CSV instead."
    )


def test_a_part_is_shown_and_downloaded(client, kit):
    branch = {**PERIOD, "branch": kit.distributor.code}

    page = client.get(reverse("console:ranking"), branch).context["page"]
    cells = csv_cells(client.get(reverse("console:ranking_file"), branch))

    assert len(page.object_list) == 2
    assert [row[1] for row in cells[1:]] == [row.code for row, _level in page]
    assert not client.get(reverse("console:ranking"), branch).context["can_save"]


def test_a_branch_that_is_not_here_is_said(client, kit):
    theirs = make_kit("theirs").distributor.code

    for code in ("nobody", theirs):
        answer = client.get(reverse("console:ranking"), {**PERIOD, "branch": code})
        assert code in answer.context["refusal"]
        assert list(answer.context["page"]) == []


def test_the_figures_of_a_period_that_is_over_are_saved_and_shown(client, kit):
    RankingSnapshot.objects.filter(actor=None).update(actor=kit.people["owner"])
    day = timezone.now().astimezone(kit.merchant.zone).date() - timedelta(days=1)
    period = {"from": (day - timedelta(days=60)).isoformat(), "to": day.isoformat()}
    assert client.get(reverse("console:ranking"), period).context["can_save"]

    address = reverse("console:save_ranking") + f"?from={period['from']}&to={period['to']}"
    answer = client.post(address, follow=True)

    snapshot = RankingSnapshot.objects.latest("pk")
    assert answer.redirect_chain[-1][0] == reverse("console:saved_ranking", args=[snapshot.pk])
    assert (snapshot.people, snapshot.actor) == (4, kit.people["owner"])
    shown = [row.code for row, _level in answer.context["page"]]
    cells = csv_cells(client.get(reverse("console:saved_ranking_file", args=[snapshot.pk])))
    assert [row[1] for row in cells[5:]] == shown
    assert cells[0] == ["Period", f"{period['from']} – {period['to']}"]
    assert cells[1][0] == "Figures of" and cells[3][0] == "Definition"
    assert cells[4][:2] == ["rank", "code"]


def test_a_period_that_is_not_over_is_not_saved(client, kit):
    count = RankingSnapshot.objects.count()

    answer = client.post(reverse("console:save_ranking"), follow=True)

    assert "not over yet" in answer.content.decode()
    assert RankingSnapshot.objects.count() == count
    assert not client.get(reverse("console:ranking")).context["can_save"]


def test_another_merchants_saved_ranking_is_not_there(client, kit):
    theirs = make_kit("theirs")

    for name in ("saved_ranking", "saved_ranking_file"):
        address = reverse(f"console:{name}", args=[theirs.ids["rankingsnapshot"]])
        assert client.get(address).status_code == 404
