"""Taking in levels and distributors, as a service and from the command line."""

from datetime import UTC, datetime
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from django.utils import timezone, translation
from django_scopes import scope, scopes_disabled

from apps.core.csv_files import ImportRefused, read_rows
from apps.distributors.models import Distributor, DistributorEvent, Level
from apps.distributors.services.importing import (
    DISTRIBUTOR_COLUMNS,
    LEVEL_COLUMNS,
    import_distributors,
    import_levels,
)
from tests.distributors.trees import assert_reads_match_parents
from tests.factories import DistributorFactory, LevelFactory, MerchantFactory, UserFactory

EXAMPLES = Path(__file__).parents[2] / "examples"
HEADER = "code,parent_code,name,phone,level,joined_at,status\n"


@pytest.fixture(autouse=True)
def in_english():
    with translation.override("en"):
        yield


def load(merchant, text, header=HEADER):
    rows = read_rows((header + text).encode(), required=DISTRIBUTOR_COLUMNS)
    return import_distributors(merchant=merchant, rows=rows)


def load_levels(merchant, text):
    rows = read_rows(("code,name,rank\n" + text).encode(), required=LEVEL_COLUMNS)
    return import_levels(merchant=merchant, rows=rows)


def problems(refused):
    return [(each.line, each.column, each.reason) for each in refused.value.problems]


# Levels


def test_levels_are_made_updated_and_left(merchant):
    assert load_levels(merchant, "silver,银牌,1\ngold,金牌,2\n").outcomes == [
        (2, "created", "silver"),
        (3, "created", "gold"),
    ]
    report = load_levels(merchant, "silver,银牌,2\ngold,金牌,1\nnew,新,3\n")
    assert str(report) == "1 created, 2 updated, 0 unchanged"
    assert list(Level.objects.order_by("rank").values_list("code", "name", "rank")) == [
        ("gold", "金牌", 1),
        ("silver", "银牌", 2),
        ("new", "新", 3),
    ]
    report = load_levels(merchant, "silver,银牌,2\ngold,金牌,1\nnew,新,3\n")
    assert str(report) == "0 created, 0 updated, 3 unchanged"


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("a b,x,1\n", [(2, "code", "may hold only letters, digits, - and _.")]),
        (",x,1\n", [(2, "code", "is empty; a value is needed.")]),
        ("a,,1\n", [(2, "name", "is empty; a value is needed.")]),
        ("a,x,-1\n", [(2, "rank", "“-1” is less than 0.")]),
        ("a,x,1.5\n", [(2, "rank", "“1.5” is not a whole number.")]),
        ("a,x,1\na,y,2\n", [(3, "code", "“a” stands on line 2 already.")]),
        ("a,x,1\nb,y,1\n", [(3, "rank", "1 is the rank of level “a” already.")]),
        ("a,x,9\n", [(2, "rank", "9 is the rank of level “top” already.")]),
    ],
)
def test_refused_levels(merchant, text, found):
    LevelFactory(code="top", rank=9)
    with pytest.raises(ImportRefused) as refused:
        load_levels(merchant, text)
    assert problems(refused) == found
    assert Level.objects.count() == 1


# Distributors


def test_every_value_arrives(merchant):
    LevelFactory(code="gold")
    before = timezone.now()
    load(
        merchant,
        "B,A,李娜,138 0013 8001,gold,2026-03-01T09:30:00+00:00,suspended\n"
        "A,,王芳,,,2026-03-01,\n"
        "C,B,张伟,,,,\n",
    )
    a, b, c = Distributor.objects.order_by("code")
    assert (a.name, a.phone, a.level, a.parent, a.status) == ("王芳", None, None, None, "active")
    # Without an offset a time is the merchant's: midnight in Shanghai.
    assert a.joined_at == datetime(2026, 2, 28, 16, tzinfo=UTC)
    assert (b.name, str(b.phone), b.level.code) == ("李娜", "+8613800138001", "gold")
    assert (b.parent, b.status) == (a, "suspended")
    assert b.joined_at == datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
    assert before <= c.joined_at <= timezone.now()
    assert (a.tree_id, a.lft, a.rght, a.tree_depth) == (a.pk, 1, 2**62, 0)
    assert_reads_match_parents()
    assert len({a.shop_code, b.shop_code, c.shop_code}) == 3
    event = DistributorEvent.objects.get(distributor=b)
    assert (event.field, event.new_value, event.effective_at) == ("joined", "A", b.joined_at)


def test_a_phone_filters_as_if_entered_by_hand(merchant):
    load(merchant, "A,,王芳,138 0013 8000,,,\n")
    assert Distributor.objects.get(phone="13800138000").code == "A"


def test_parents_may_come_in_any_order_and_from_before(merchant):
    old = DistributorFactory(code="old")
    below = DistributorFactory(code="below", parent=old)
    places = list(Distributor.objects.values_list("pk", "lft", "rght"))
    report = load(merchant, "N4,N3,n,,,,\nN3,N1,n,,,,\nN1,old,n,,,,\nN2,below,n,,,,\nR,,n,,,,\n")
    assert [outcome for _line, outcome, _code in report.outcomes] == ["created"] * 5
    assert_reads_match_parents()
    assert [d.code for d in old.get_descendants()] == ["below", "N2", "N1", "N3", "N4"]
    # There was room: nobody who was there has been renumbered.
    known = Distributor.objects.filter(pk__in=[old.pk, below.pk])
    assert list(known.values_list("pk", "lft", "rght")) == places


def test_a_tree_without_room_is_renumbered(merchant):
    parent = DistributorFactory()
    for _ in range(20):
        parent = DistributorFactory(parent=parent)
    load(merchant, "".join(f"N{n},{parent.code},n,,,,\n" for n in range(40)))
    assert Distributor.objects.count() == 61
    assert_reads_match_parents()
    # And on from there, one by one as well.
    for _ in range(5):
        parent = DistributorFactory(parent=parent)
    assert_reads_match_parents()


def test_a_deep_chain_in_one_file(merchant):
    lines = ["C0,,n,,,,"] + [f"C{n},C{n - 1},n,,,," for n in range(1, 2000)]
    load(merchant, "\n".join(reversed(lines)))
    last = Distributor.objects.get(code="C1999")
    assert last.tree_depth == 1999
    assert last.get_ancestors().count() == 1999
    assert Distributor.objects.get(code="C0").get_descendant_count() == 1999


def test_the_same_file_again_changes_nothing(merchant):
    LevelFactory(code="gold")
    text = "A,,王芳,13800138000,gold,2026-03-01,active\nB,A,李娜,,,,\n"
    load(merchant, text)
    before = list(Distributor.objects.values())
    assert str(load(merchant, text)) == "0 created, 0 updated, 2 unchanged"
    assert list(Distributor.objects.values()) == before
    assert DistributorEvent.objects.count() == 2
    # What the file does not say may have changed since.
    Distributor.objects.filter(code="B").update(status="suspended")
    assert str(load(merchant, text)) == "0 created, 0 updated, 2 unchanged"


STORED = "A,,王芳,+8613800138000,gold,2026-03-01,active"


@pytest.mark.parametrize(
    ("line", "column", "reason"),
    [
        (
            "A,P,王芳,13800138000,gold,2026-03-01,active",
            "parent_code",
            "A stands under “”. A file moves nobody: write “” here, and change the upline on the"
            " distributor's page.",
        ),
        (
            "A,,王芳,13800138000,gold,2026-03-02,active",
            "joined_at",
            "A joined at “2026-03-01T00:00:00+08:00”, which no file changes: write that, or"
            " nothing.",
        ),
        (
            "A,,王芳,13800138000,gold,2026-03-01,terminated",
            "status",
            "A is “active”. Standing changes with a reason, on the distributor's page: write"
            " “active” here, or nothing.",
        ),
        ("A,,王芳,13800138001,,,", "phone", "“+8613800138001” already belongs to P."),
    ],
)
def test_what_a_file_cannot_change(merchant, line, column, reason):
    LevelFactory(code="gold")
    load(merchant, STORED + "\nP,,n,13800138001,,,\n")
    before = everything()
    with pytest.raises(ImportRefused) as refused:
        load(merchant, f"N,,n,,,,\n{line}\n")
    assert problems(refused) == [(3, column, reason)]
    assert everything() == before


def everything():
    return (
        list(Distributor.objects.order_by("pk").values()),
        list(DistributorEvent.objects.order_by("pk").values()),
    )


def test_a_known_code_is_updated(merchant):
    LevelFactory(code="gold")
    silver, actor = LevelFactory(code="silver"), UserFactory()
    load(merchant, STORED + "\nB,A,李娜,13800138002,,,\nC,A,张伟,,gold,,\n")
    rows = read_rows(
        (
            HEADER + "A,,王方,13800138009,silver,,\nB,A,李娜,,gold,,\nC,A,张伟,,,,\nN,C,n,,,,\n"
        ).encode(),
        required=DISTRIBUTOR_COLUMNS,
    )
    report = import_distributors(merchant=merchant, rows=rows, actor=actor)
    assert [outcome for _line, outcome, _code in report.outcomes] == [
        *("updated", "updated", "unchanged", "created"),
    ]
    a, b, c, n = Distributor.objects.order_by("code")
    assert (a.name, str(a.phone), a.level) == ("王方", "+8613800138009", silver)
    # An empty cell takes nothing away.
    assert (b.name, str(b.phone), b.level.code) == ("李娜", "+8613800138002", "gold")
    assert (c.phone, c.level.code, n.parent) == (None, "gold", c)
    event = a.events.exclude(field="joined").get()
    assert (event.field, event.old_value, event.new_value) == ("level", "gold", "silver")
    assert (event.actor, event.reason) == (actor, "from a file")
    assert_reads_match_parents()


def test_a_level_the_rules_refuse_is_a_fault(merchant):
    LevelFactory(code="gold")
    load(merchant, "A,,王芳,,,,\nT,,李娜,,,,terminated\n")
    before = everything()
    with pytest.raises(ImportRefused) as refused:
        load(merchant, "A,,王方,,gold,,\nT,,李那,,gold,,\n")
    assert problems(refused) == [(3, "level", "李娜 (T) has been terminated.")]
    assert everything() == before
    rows = read_rows(
        (HEADER + "A,,王方,,gold,,\nT,,李那,,gold,,\n").encode(), required=DISTRIBUTOR_COLUMNS
    )
    report = import_distributors(merchant=merchant, rows=rows, partial=True)
    assert report.outcomes == [(2, "updated", "A")]
    assert [each.line for each in report.left_out] == [3]
    names = list(Distributor.objects.order_by("code").values_list("name", "level__code"))
    assert names == [("王方", "gold"), ("李娜", None)]


@pytest.mark.parametrize("status", ["suspended", "terminated"])
def test_nobody_joins_under_somebody_inactive(merchant, status):
    DistributorFactory(code="A", status=status)
    before = everything()
    with pytest.raises(ImportRefused) as refused:
        load(merchant, "N,A,n,,,,\n")
    assert problems(refused) == [(2, "parent_code", f"“A” is {status} and cannot recruit.")]
    assert everything() == before
    # A whole history in one file may well hold people who have left since.
    load(merchant, f"M,,m,,,,{status}\nN,M,n,,,,\n")
    assert Distributor.objects.get(code="N").parent.code == "M"


PARTLY = (
    "A,,王芳,,,,\n"
    "B,A,,,,,\n"  # no name
    "C,B,张伟,,,,\n"  # below B
    "D,A,赵敏,12,,,\n"  # no phone number
    "E,D,n\n"  # too few cells
    "F,A,n,,,,\n"
    "G,H,n,,,,\n"
    "H,G,n,,,,\n"
    "I,H,n,,,,\n"  # below a circle
)


def test_in_part(merchant):
    rows = read_rows((HEADER + PARTLY).encode(), required=DISTRIBUTOR_COLUMNS, partial=True)
    report = import_distributors(merchant=merchant, rows=rows, partial=True)
    assert report.outcomes == [(2, "created", "A"), (7, "created", "F")]
    assert [(each.line, each.column, each.reason) for each in report.left_out] == [
        (3, "name", "is empty; a value is needed."),
        (4, "parent_code", "the upline “B” on line 3 is left out."),
        (5, "phone", "“12” is not a phone number."),
        (6, "", "has 3 cells, the header has 7."),
        (8, "parent_code", "leads back to the person: G → H → G."),
        (9, "parent_code", "leads back to the person: H → G → H."),
        (10, "parent_code", "the upline “H” on line 9 is left out."),
    ]
    assert str(report) == "2 created, 0 updated, 0 unchanged, 7 left out"
    assert sorted(Distributor.objects.values_list("code", flat=True)) == ["A", "F"]
    assert_reads_match_parents()


def test_the_command_in_part_and_dry(merchant, tmp_path):
    file = tmp_path / "people.csv"
    file.write_text(HEADER + "A,,王芳,,,,\nB,A,,,,,\n")
    arguments = ("import_distributors", "--merchant", merchant.code, str(file))
    with pytest.raises(CommandError, match="Nothing was written"):
        run(*arguments)
    out = StringIO()
    for dry, count in ((["--dry-run"], 0), ([], 1)):
        with pytest.raises(CommandError) as error:
            call_command(*arguments, "--partial", *dry, stdout=out)
        assert str(error.value) == "line 3, name: is empty; a value is needed."
        assert error.value.returncode == 1
        assert Distributor.objects.count() == DistributorEvent.objects.count() == count
    said = f"{file}: 1 created, 0 updated, 0 unchanged, 1 left out\n"
    assert out.getvalue() == f"{said}Nothing was written: this was a dry run.\n{said}"


def test_a_dry_run_of_levels(merchant, tmp_path):
    file = tmp_path / "levels.csv"
    file.write_text("code,name,rank\ngold,x,1\n")
    said = run("import_levels", "--merchant", merchant.code, str(file), "--dry-run")
    assert said.endswith(
        "1 created, 0 updated, 0 unchanged\nNothing was written: this was a dry run.\n"
    )
    assert not Level.objects.exists()


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("N,X,n,,,,\n", [(2, "parent_code", "“X” is neither in the file nor registered.")]),
        ("N,N,n,,,,\n", [(2, "parent_code", "leads back to the person: N → N.")]),
        (
            "N,M,n,,,,\nO,N,n,,,,\nM,N,n,,,,\n",
            [
                (2, "parent_code", "leads back to the person: N → M → N."),
                (4, "parent_code", "leads back to the person: M → N → M."),
            ],
        ),
        ("N,,n,,,,\nM,,n,,,,\nN,,m,,,,\n", [(4, "code", "“N” stands on line 2 already.")]),
        (
            "N,,n,13900139000,,,\nM,,n,+86 139 0013 9000,,,\n",
            [(3, "phone", "“+8613900139000” stands on line 2 already.")],
        ),
        (
            "N,,n,13800138000,,,\n",
            [(2, "phone", "“+8613800138000” already belongs to A.")],
        ),
        ("N,,n,12,,,\n", [(2, "phone", "“12” is not a phone number.")]),
        ("N,,n,abc,,,\n", [(2, "phone", "“abc” is not a phone number.")]),
        (
            "N,,n,,gold,,\n",
            [(2, "level", "there is no level “gold”; import the levels first.")],
        ),
        (
            "N,,n,,,,retired\n",
            [(2, "status", "“retired” is not one of active, suspended, terminated.")],
        ),
        (
            "N,,n,,,yesterday,\n",
            [
                (
                    2,
                    "joined_at",
                    "“yesterday” is not a time such as 2026-03-01 or 2026-03-01T09:30:00+08:00.",
                )
            ],
        ),
        (
            "N,,n,,,0001-01-01,\n",
            [
                (
                    2,
                    "joined_at",
                    "“0001-01-01” is not a time such as 2026-03-01 or 2026-03-01T09:30:00+08:00.",
                )
            ],
        ),
        (",,n,,,,\n", [(2, "code", "is empty; a value is needed.")]),
        ("N,,,,,,\n", [(2, "name", "is empty; a value is needed.")]),
        ("N" * 65 + ",,n,,,,\n", [(2, "code", "is longer than 64 characters.")]),
        ("N,," + "n" * 81 + ",,,,\n", [(2, "name", "is longer than 80 characters.")]),
        ("N,,n,,,\n", [(2, "", "has 6 cells, the header has 7.")]),
        ("N,,n,,,,,,,,,,,,,,\n", [(2, "", "has 17 cells, the header has 7.")]),
        ("", [(0, "", "has a header but no rows.")]),
        (
            "N,X,,12,gold,then,gone\n",
            [
                (2, "name", "is empty; a value is needed."),
                (2, "phone", "“12” is not a phone number."),
                (
                    2,
                    "joined_at",
                    "“then” is not a time such as 2026-03-01 or 2026-03-01T09:30:00+08:00.",
                ),
                (2, "status", "“gone” is not one of active, suspended, terminated."),
                (2, "level", "there is no level “gold”; import the levels first."),
                (2, "parent_code", "“X” is neither in the file nor registered."),
            ],
        ),
    ],
)
def test_bad_files(merchant, text, found):
    DistributorFactory(code="A", phone="13800138000")
    with pytest.raises(ImportRefused) as refused:
        load(merchant, text)
    assert problems(refused) == found
    assert [d.code for d in Distributor.objects.all()] == ["A"]
    assert DistributorEvent.objects.count() == 1


def test_wrong_columns(merchant):
    with pytest.raises(ImportRefused) as refused:
        load(merchant, "N,n\n", header="code,name,age\n")
    assert [(line, column) for line, column, _reason in problems(refused)] == [
        (1, "parent_code"),
        (1, "phone"),
        (1, "level"),
        (1, "joined_at"),
        (1, "status"),
        (1, "age"),
    ]


def test_another_merchants_people_and_levels_do_not_exist(merchant):
    with scope(merchant=MerchantFactory()):
        LevelFactory(code="gold")
        DistributorFactory(code="A", phone="13800138000")
    with pytest.raises(ImportRefused) as refused:
        load(merchant, "N,A,n,,gold,,\n")
    assert [(line, column) for line, column, _reason in problems(refused)] == [
        (2, "level"),
        (2, "parent_code"),
    ]
    load(merchant, "A,,n,13800138000,,,\n")
    with scopes_disabled():
        assert Distributor.objects.filter(code="A", phone="+8613800138000").count() == 2


# The commands


def run(command, *arguments):
    out = StringIO()
    call_command(command, *arguments, stdout=out)
    return out.getvalue()


def test_the_examples_go_in_once(db):
    merchant = MerchantFactory(code="tea")
    for command, name, count in (
        ("import_levels", "levels.csv", 4),
        ("import_distributors", "distributors.csv", 60),
    ):
        file = str(EXAMPLES / name)
        said = run(command, "--merchant", "tea", file)
        assert said == f"{file}: {count} created, 0 updated, 0 unchanged\n"
        said = run(command, "--merchant", "tea", file)
        assert said == f"{file}: 0 created, 0 updated, {count} unchanged\nNothing changed.\n"
    with scope(merchant=merchant):
        assert Level.objects.count() == 4
        assert Distributor.objects.count() == 60
        assert_reads_match_parents()


def test_gb18030_is_read(merchant, tmp_path):
    file = tmp_path / "levels.csv"
    file.write_bytes("code,name,rank\ngold,金牌,1\n".encode("gb18030"))
    run("import_levels", "--merchant", merchant.code, str(file))
    assert Level.objects.get().name == "金牌"


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"\xff\xfe\x00\x01\xff", "neither UTF-8 nor GB18030"),
        (b"", "the first line must name the columns"),
        (b"code,name,rank\n", "has a header but no rows"),
        (b"code,name,rank\ngold,x,y\n", "line 2, rank"),
    ],
)
def test_a_bad_file_exits_with_1(merchant, tmp_path, content, said):
    file = tmp_path / "levels.csv"
    file.write_bytes(content)
    with pytest.raises(CommandError, match=said) as error:
        run("import_levels", "--merchant", merchant.code, str(file))
    assert str(error.value).endswith("Nothing was written.")
    assert error.value.returncode == 1
    assert Level.objects.count() == 0


def test_no_such_merchant_or_file(merchant, tmp_path):
    with pytest.raises(CommandError, match="there is no merchant “nobody”"):
        run("import_levels", "--merchant", "nobody", str(EXAMPLES / "levels.csv"))
    with pytest.raises(CommandError, match="No such file"):
        run("import_levels", "--merchant", merchant.code, str(tmp_path / "none.csv"))
