from django.core.management.base import CommandError
from django.utils.translation import get_language, override

from apps.commissions.selectors import explain_order, explanation_text
from apps.core.management.merchant_command import MerchantCommand
from apps.orders.models import Order


class Command(MerchantCommand):
    help = (
        "Tell how every commission of an order came about, recomputed from its plan and snapshot. "
        "Exits 1 with a line for each difference from what is stored."
    )

    def add_arguments(self, parser):
        super().add_arguments(parser)
        parser.add_argument("order_no", metavar="ORDER_NO")
        parser.add_argument(
            "--source",
            choices=Order.Source.values,
            help="where the order came from; needed where two have the same number",
        )
        parser.add_argument(
            "--language", choices=("en", "zh-hans"), help="default: the site's language"
        )

    def handle_merchant(self, merchant, *, order_no, source, language, **options):
        order = self.find_order(merchant, order_no, source)
        with override(language or get_language()):
            explanation = explain_order(order)
            self.stdout.write(explanation_text(explanation))
        if explanation.differences:
            raise CommandError(
                f"{len(explanation.differences)} differences between what is stored and what the "
                "plan gives."
            )

    @staticmethod
    def find_order(merchant, order_no: str, source: str | None) -> Order:
        """The merchant's order of that number. Raises CommandError for none, or for two."""
        found = Order.objects.filter(merchant=merchant, order_no=order_no)
        if source:
            found = found.filter(source=source)
        orders = list(found.select_related("merchant").order_by("source"))
        if not orders:
            raise CommandError(f"{merchant.code} has no order “{order_no}”.")
        if len(orders) > 1:
            sources = " or ".join(f"--source {order.source}" for order in orders)
            raise CommandError(f"{merchant.code} has two orders “{order_no}”: add {sources}.")
        return orders[0]
