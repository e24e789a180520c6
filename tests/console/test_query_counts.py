"""Every list costs one literal number of queries, with one row and with fifty."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.console.crowd import make_crowd

# Session, user, merchant and role are the first four of each.
QUERIES = {
    "/console/": 19,
    "/console/debts/": 6,
    "/console/tree/": 7,
    "/console/ranking/": 12,
    "/console/reconcile/": 10,
    "/console/merchants/staffmembership/": 7,
    "/console/products/category/": 7,
    "/console/products/product/": 8,
    "/console/distributors/level/": 7,
    "/console/distributors/distributor/": 8,
    "/console/distributors/store/": 7,
    "/console/distributors/customer/": 7,
    "/console/orders/order/": 7,
    "/console/orders/refund/": 7,
    "/console/ledger/wallet/": 7,
    "/console/ledger/transfer/": 7,
    "/console/commissions/plan/": 7,
    "/console/commissions/commission/": 7,
    "/console/commissions/bonusperiod/": 7,
    "/console/commissions/bonusperiod/{bonusperiod}/story/": 6,
    "/console/commissions/stagerun/": 7,
    "/console/commissions/simulation/": 7,
    "/console/commissions/simulation/{simulation}/story/": 6,
    "/console/payouts/withdrawal/": 7,
    "/console/payouts/payoutbatch/": 7,
    "/console/payouts/payoutfreeze/": 7,
    "/console/payouts/debtwriteoff/": 7,
    "/console/commissions/stagerun/{stagerun}/story/": 6,
    "/console/tree/{distributor}/": 9,
    "/console/distributors/distributor/{distributor}/story/": 16,
    "/console/distributors/distributor/{distributor}/settlement/": 10,
    "/console/price_control/violation/": 7,
    "/console/price_control/violation/{violation}/story/": 7,
    "/console/standing-rules/": 7,
}


def counts(client, kit) -> dict[str, int]:
    """Address → how many queries opening it took."""
    found = {}
    for address in QUERIES:
        with CaptureQueriesContext(connection) as queries:
            answer = client.get(address.format(**kit.ids))
        assert answer.status_code == 200, address
        found[address] = len(queries)
    return found


def test_lists_cost_the_same_with_one_row_and_with_fifty(client, kit):
    client.get("/console/")

    with_one = counts(client, kit)
    make_crowd(kit)
    with_fifty = counts(client, kit)

    assert with_one == QUERIES
    assert with_fifty == QUERIES
