"""Every list costs one literal number of queries, with one row and with fifty."""

from django.db import connection
from django.test.utils import CaptureQueriesContext

from tests.console.crowd import make_crowd

# Session, user, merchant and role are the first four of each.
QUERIES = {
    "/console/": 27,
    "/console/debts/": 6,
    "/console/tree/": 6,
    "/console/ranking/": 9,
    "/console/insights/rankingsnapshot/": 7,
    "/console/insights/rankingsnapshot/{rankingsnapshot}/story/": 9,
    "/console/reconcile/": 10,
    "/console/merchants/staffmembership/": 7,
    "/console/merchants/agreement/": 7,
    "/console/merchants/agreementacceptance/": 8,
    "/console/joining/policy/": 8,
    "/console/joining/application/": 7,
    "/console/joining/application/{application}/story/": 10,
    "/console/distributors/duplicateflag/": 7,
    "/console/products/category/": 7,
    "/console/products/product/": 8,
    "/console/products/product/{product}/pictures/": 7,
    "/console/products/category/tree/": 6,
    "/console/products/sku/": 8,
    "/console/products/sku/{sku}/story/": 13,
    "/console/products/supplier/": 7,
    "/console/products/warehouse/": 7,
    "/console/products/stockmovement/": 8,
    "/console/products/campaign/": 7,
    "/console/orders/order/{order}/story/": 14,
    "/console/distributors/level/": 7,
    "/console/distributors/level/{level}/story/": 11,
    "/console/distributors/level/tonight/": 12,
    "/console/distributors/levelchange/": 8,
    "/console/distributors/levelgrace/": 8,
    "/console/distributors/distributor/": 9,
    "/console/distributors/treemove/": 7,
    "/console/distributors/treemove/{treemove}/story/": 9,
    "/console/distributors/distributor/{distributor}/move/": 6,
    "/console/distributors/distributor/{distributor}/move/?to=top": 10,
    "/console/distributors/distributor/{distributor}/move/?q=D": 8,
    "/console/tree/?q=D": 7,
    "/console/tree/?on=2026-01-01": 9,
    "/console/tree/{distributor}/?on=2026-01-01": 12,
    "/console/tree/{distributor}/branch/": 8,
    "/console/tree/{distributor}/branch/?on=2026-01-01": 6,
    "/console/distributors/store/": 7,
    "/console/distributors/customer/": 7,
    "/console/distributors/customer/{customer}/story/": 12,
    "/console/distributors/binding/": 7,
    "/console/distributors/bindingattempt/": 7,
    "/console/binding-policy/": 8,
    "/console/promotion/click/": 7,
    "/console/promotion/promolink/": 7,
    "/console/promotion/promolink/{promolink}/story/": 11,
    "/console/promotion/material/": 7,
    "/console/promotion-figures/": 16,
    "/console/promotion-figures/?by=link": 17,
    "/console/promotion-figures/?by=material": 16,
    "/console/commissions/appeal/": 7,
    "/console/commissions/appeal/{appeal}/story/": 17,
    "/console/orders/order/": 7,
    "/console/orders/refund/": 7,
    "/console/payments/payment/": 7,
    "/console/payments/payment/{payment}/story/": 10,
    "/console/payments/paymentflag/": 7,
    "/console/payments/paymentflag/{paymentflag}/story/": 7,
    "/console/payments/paymentnotice/": 7,
    "/console/payments/paymentrefund/": 7,
    "/console/payments/transferproof/": 7,
    "/console/payments/transferproof/{transferproof}/story/": 8,
    "/console/payment-settings/": 7,
    "/console/orders/review/": 8,
    "/console/orders/coupon/": 7,
    "/console/orders/coupon/?state=running": 7,
    "/console/orders/couponuse/": 7,
    "/console/shop-rules/": 7,
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
    "/console/tree/{distributor}/": 8,
    "/console/distributors/distributor/{distributor}/story/": 18,
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
