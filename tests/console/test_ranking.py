"""The ranking page shows what the command line writes."""

from io import StringIO

from django.core.management import call_command
from django.urls import reverse

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
    assert len(shown) == 3


def test_a_search_keeps_the_ranks(client, kit):
    everybody = client.get(reverse("console:ranking"), PERIOD).context["page"]
    wanted, _level = everybody.object_list[-1]

    page = client.get(reverse("console:ranking"), {**PERIOD, "q": wanted.code}).context["page"]

    assert [row for row, _level in page] == [wanted]


def test_nonsense_in_the_address_shows_this_month(client, kit):
    answer = client.get(reverse("console:ranking"), {"from": "yesterday", "by": "luck"})

    assert answer.context["query"].by == "team_sales"
    assert answer.context["query"].date_from.day == 1


def test_a_period_that_ends_before_it_begins_is_refused(client, kit):
    backwards = {"from": "2026-02-01", "to": "2026-01-01"}

    assert client.get(reverse("console:ranking"), backwards).context["refusal"]
    assert client.get(reverse("console:ranking_file"), backwards).status_code == 400
