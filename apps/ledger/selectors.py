"""What the books say."""

from decimal import Decimal

from apps.ledger.models import WALLET_KINDS, Account


def wallet_balances(distributor) -> dict[str, Decimal]:
    """A distributor's balance per wallet account kind, in major units; zeros without a wallet."""
    balances = dict.fromkeys((str(kind) for kind in WALLET_KINDS), Decimal("0.00"))
    rows = Account.objects.filter(wallet__distributor=distributor)
    balances.update(rows.values_list("kind", "balance"))
    return balances
