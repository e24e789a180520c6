import json
from datetime import date
from decimal import Decimal
from unicodedata import east_asian_width

from django.core.management.base import CommandError

from apps.commissions.services.rehearsal import Change, Move, PersonChange, Rehearsal
from apps.commissions.services.rehearsing import rehearse
from apps.core.errors import Refused
from apps.core.management.merchant_command import MerchantCommand
from apps.core.management.progress import Progress
from apps.distributors.models import Distributor

SIDES = ("today", "draft", "difference")


class Command(MerchantCommand):
    help = (
        "Replay the real orders of a period under a plan document, or with somebody under another "
        "upline: cost, margin, who wins and who loses. Writes nothing."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("file", metavar="FILE.json", nargs="?", help="the plan document")
        parser.add_argument("--from", dest="date_from", required=True, metavar="DATE")
        parser.add_argument(
            "--to", dest="date_to", required=True, metavar="DATE", help="last day, included"
        )
        parser.add_argument("--move", metavar="CODE", help="rehearse moving this distributor")
        target = parser.add_mutually_exclusive_group()
        target.add_argument("--under", metavar="CODE", help="the new upline")
        target.add_argument("--to-top", action="store_true", help="nobody above")
        parser.add_argument("--format", choices=["text", "json"], default="text")

    def handle_merchant(self, merchant, **options):
        move = self.find_move(merchant, options)
        if options["file"] is None and move is None:
            raise CommandError("Give a plan document, or --move with --under or --to-top.")
        days = {name: self.parse_day(name, options[name]) for name in ("date_from", "date_to")}
        document = None if options["file"] is None else self.read_file(options["file"])
        try:
            with Progress(self.stderr) as progress:
                result = rehearse(
                    merchant=merchant,
                    plan_document=document,
                    move=move,
                    on_progress=lambda done, total: progress.show(
                        merchant.code, done=done, total=total
                    ),
                    **days,
                )
        except Refused as refused:
            raise CommandError(str(refused)) from refused
        if options["format"] == "json":
            self.stdout.write(json.dumps(result.as_json(), ensure_ascii=False, indent=2))
        else:
            self.stdout.write("\n".join(report_lines(result, merchant.currency)))

    def find_move(self, merchant, options) -> Move | None:
        """The move that was asked for. Raises CommandError for half a move, or nobody."""
        code, under, to_top = options["move"], options["under"], options["to_top"]
        if code is None:
            if under is not None or to_top:
                raise CommandError("--under and --to-top need --move CODE.")
            return None
        if under is None and not to_top:
            raise CommandError("--move needs --under CODE or --to-top.")
        person = self.find_distributor(merchant, "--move", code)
        return Move(person, self.find_distributor(merchant, "--under", under) if under else None)

    @staticmethod
    def find_distributor(merchant, option: str, code: str) -> Distributor:
        found = Distributor.objects.select_related("parent").filter(merchant=merchant, code=code)
        if (distributor := found.first()) is None:
            raise CommandError(f"{option}: there is no distributor “{code}” at this merchant.")
        return distributor

    @staticmethod
    def parse_day(name: str, value: str) -> date:
        try:
            return date.fromisoformat(value)
        except ValueError as error:
            option = name.replace("date_", "--")
            raise CommandError(f"{option}: “{value}” is not a date such as 2026-03-01.") from error


def report_lines(result: Rehearsal, currency: str) -> list[str]:
    """The result as people read it at a terminal, amounts in columns."""
    lines = [f"{_subject(result)}, {result.date_from} to {result.date_to}, {currency}"]
    lines.append(
        f"{result.orders} orders, {result.lines} lines; paid {money(result.paid)}, cost of goods "
        f"{money(result.cost_of_goods)}, net of refunds"
    )
    if result.not_booked:
        lines.append(f"{result.not_booked} orders are not computed yet: today they cost nothing.")
    if result.leaves_out_stage_bonuses:
        lines.append("Stage bonuses are left out: they are settled by period, not by order.")
    lines += _table("", [("commission", result.commission), ("margin", result.margin)])
    lines += _table("By depth", [(each.key or "other", each) for each in result.by_depth])
    lines += _table("By level", [(each.key or "none", each) for each in result.by_level])
    lines += _table("By kind", [(each.key, each) for each in result.by_kind])
    people = result.people
    lines += ["", f"{people['gain']} gain, {people['lose']} lose, {people['same']} as before"]
    for title, persons in (
        ("Biggest winners", result.winners),
        ("Biggest losers", result.losers),
    ):
        lines += _table(title, [(f"{each.code} {each.name}", each) for each in persons])
    return [*lines, *_ceiling_lines(result.ceiling), *_loss_lines(result.losses)]


def _subject(result: Rehearsal) -> str:
    parts = [f"Plan “{result.plan}”"] if result.plan else []
    if move := result.move:
        under = f"under {move['to']}" if move["to"] else "at the top"
        parts.append(f"{move['person']} {under}")
    return ", ".join(parts)


def _ceiling_lines(ceiling: dict) -> list[str]:
    lines = [
        "",
        f"{ceiling['lines']} lines hit the ceiling, {money(ceiling['cut'])} cut off before refunds",
    ]
    for each in ceiling["first"]:
        lines.append(
            f"  {each['order_no']} / {each['line_no']}: {money(each['full'])} → "
            f"{money(each['amount'])}"
        )
    return lines


def _loss_lines(losses: dict) -> list[str]:
    lines = [
        f"{losses['draft']} lines make a loss (today {losses['today']}), {losses['new']} of them "
        "newly"
    ]
    for each in losses["first"]:
        lines.append(
            f"  {each['order_no']} / {each['line_no']}: margin {money(each['today'])} → "
            f"{money(each['draft'])}"
        )
    return lines


def _table(title: str, rows: list[tuple[str, Change | PersonChange]]) -> list[str]:
    if not rows:
        return []
    cells = [(title, *SIDES)]
    for name, row in rows:
        cells.append((name, money(row.today), money(row.draft), money(row.difference, plus="+")))
    widths = [max(_width(row[column]) for row in cells) for column in range(4)]
    return ["", *(_line(row, widths) for row in cells)]


def _line(cells: tuple[str, ...], widths: list[int]) -> str:
    first = cells[0] + " " * (widths[0] - _width(cells[0]))
    rest = (f"{cell:>{width}}" for cell, width in zip(cells[1:], widths[1:], strict=True))
    return "  ".join([first, *rest])


def _width(text: str) -> int:
    """How many columns a terminal gives the text: Chinese takes two each."""
    return sum(2 if east_asian_width(character) in "WF" else 1 for character in text)


def money(amount: Decimal, plus: str = "") -> str:
    """An amount with thousands and two decimals; `plus` goes before one above zero."""
    return f"{plus if amount > 0 else ''}{amount:,.2f}"
