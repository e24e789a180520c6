import pytest

from apps.core.csv_files import ImportRefused, read_rows

HEADER = "code,amount\n"


def problems(content, **columns):
    with pytest.raises(ImportRefused) as refused:
        read_rows(content, **({"required": ["code"], "optional": ["amount"]} | columns))
    return [(each.line, each.column, each.reason) for each in refused.value.problems]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030"])
def test_utf8_with_or_without_bom_and_gb18030_are_read(encoding):
    rows = read_rows("code,amount\n普洱,1\n".encode(encoding), required=["code", "amount"])
    assert [row.cells for row in rows] == [{"code": "普洱", "amount": "1"}]
    assert rows[0].line == 2


@pytest.mark.parametrize("content", ["code\n普洱\n".encode("utf-16"), b"code\n\xff\xfe\xff\n"])
def test_other_encodings_are_refused(content):
    assert problems(content) == [
        (0, "", "is neither UTF-8 nor GB18030 text; save it as “CSV UTF-8”.")
    ]


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (b"", [(0, "", "is empty; the first line must name the columns.")]),
        (b"code\n", [(0, "", "has a header but no rows.")]),
        (b"amount\n1\n", [(1, "code", "this column is missing.")]),
        (b"code,x\n1,2\n", [(1, "x", "this column is unknown; the columns are code, amount.")]),
        (b"code,code\n1,2\n", [(1, "code", "this column stands there more than once.")]),
        (
            b"code,amount\n1,2" + b",3" * 10 + b"\n1\n",
            [(2, "", "has 12 cells, the header has 2."), (3, "", "has 1 cells, the header has 2.")],
        ),
    ],
)
def test_a_file_of_the_wrong_shape_is_refused(content, expected):
    assert problems(content) == expected


def test_blank_lines_are_passed_over_and_lines_keep_their_numbers():
    rows = read_rows(b"code\nA\n\nB\n", required=["code"])
    assert [(row.line, row.text("code")) for row in rows] == [(2, "A"), (4, "B")]


@pytest.mark.parametrize(
    ("cell", "reason"),
    [
        ("1.234", "“1.234” is not an amount with at most two decimals."),
        ("-1", "“-1” is negative."),
        ("x", "“x” is not an amount with at most two decimals."),
        ("", "is empty; a value is needed."),
    ],
)
def test_every_fault_of_a_cell_is_collected_with_its_line(cell, reason):
    rows = read_rows(f"code,amount\nA,1\nB,{cell}\n".encode(), required=["code", "amount"])
    assert [row.money("amount") for row in rows][1] is None
    found = rows[0].problems.found
    assert [(each.line, each.column, each.reason) for each in found] == [(3, "amount", reason)]
