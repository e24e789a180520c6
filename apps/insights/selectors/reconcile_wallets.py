"""Checks from the wallet to the bank: nothing below zero, nothing posted twice, nothing paid that
was not released."""

from apps.core.money import to_major
from apps.insights.selectors.reconcile_query import Rows, query


def _balances_stay_above_zero(merchant) -> Rows:
    """Every wallet has all its accounts, and none stands below zero (invariant 4)."""
    for code, kinds, lowest in query(
        """
        SELECT distributor.code, COUNT(account.id), COALESCE(MIN(account.balance), 0)
        FROM ledger_wallet AS wallet
        JOIN distributors_distributor AS distributor ON distributor.id = wallet.distributor_id
        LEFT JOIN ledger_account AS account
          ON account.wallet_id = wallet.id AND account.merchant_id = wallet.merchant_id
        WHERE wallet.merchant_id = :merchant
        GROUP BY distributor.code
        HAVING COUNT(account.id) <> 5 OR MIN(account.balance) < 0
        ORDER BY distributor.code
        """,
        merchant,
    ):
        yield (
            f"distributor {code}",
            f"has {kinds} accounts, the lowest stands at {to_major(lowest)}",
        )


def _facts_post_once(merchant) -> Rows:
    """One event moves money once: a document has at most one transfer of a kind (invariant 3)."""
    for document, pk, kind, times in query(
        """
        SELECT document_type, document_id, kind, COUNT(*)
        FROM ledger_transfer
        WHERE merchant_id = :merchant
        GROUP BY document_type, document_id, kind
        HAVING COUNT(*) > 1
        ORDER BY document_type, document_id, kind
        """,
        merchant,
    ):
        yield f"{document} {pk}", f"was posted {times} times as {kind}"


def _rows_are_there_once(merchant) -> Rows:
    """A line earns a person one commission of a kind and depth each time its order is booked, and
    each refund takes back of it once."""
    for line, code, kind, depth, times in query(
        """
        SELECT commission.order_line_id, distributor.code, commission.kind, commission.depth,
               COUNT(*)
        FROM commissions_commission AS commission
        JOIN distributors_distributor AS distributor ON distributor.id = commission.beneficiary_id
        WHERE commission.merchant_id = :merchant
        GROUP BY commission.order_line_id, distributor.code, commission.kind, commission.depth,
                 COALESCE(commission.refund_id, 0), COALESCE(commission.reverses_id, 0),
                 COALESCE(commission.rebooking_id, 0)
        HAVING COUNT(*) > 1
        ORDER BY commission.order_line_id
        """,
        merchant,
    ):
        yield f"order line {line}", f"earns {code} {kind} at depth {depth} {times} times"


def _released_equals_balances(merchant) -> Rows:
    """Per distributor: what was released, less what was taken back since, is available, being
    withdrawn or paid out, or else owed. So never is more paid than was released (invariant 6)."""
    for code, released, balances in query(
        """
        SELECT distributor.code, COALESCE(released.amount, 0),
               wallets.amount - COALESCE(forgiven.amount, 0)
        FROM (
            SELECT wallet_id,
                   SUM(CASE kind WHEN 'pending' THEN 0 WHEN 'debt' THEN -balance
                                 ELSE balance END) AS amount
            FROM ledger_account
            WHERE merchant_id = :merchant AND wallet_id IS NOT NULL
            GROUP BY wallet_id
        ) AS wallets
        JOIN ledger_wallet AS wallet ON wallet.id = wallets.wallet_id
        JOIN distributors_distributor AS distributor ON distributor.id = wallet.distributor_id
        LEFT JOIN (
            SELECT commission.beneficiary_id, SUM(commission.amount) AS amount
            FROM commissions_commission AS commission
            JOIN commissions_release AS release
              ON release.commission_id = COALESCE(commission.reverses_id, commission.id)
            WHERE commission.merchant_id = :merchant
            GROUP BY commission.beneficiary_id
        ) AS released ON released.beneficiary_id = distributor.id
        LEFT JOIN (
            SELECT debt.wallet_id, SUM(posting.amount) AS amount
            FROM ledger_transfer AS posting
            JOIN ledger_account AS debt ON debt.id = posting.credit_account_id
            WHERE posting.merchant_id = :merchant AND posting.kind = 'write_off'
            GROUP BY debt.wallet_id
        ) AS forgiven ON forgiven.wallet_id = wallets.wallet_id
        WHERE COALESCE(released.amount, 0) <> wallets.amount - COALESCE(forgiven.amount, 0)
        ORDER BY distributor.code
        """,
        merchant,
    ):
        yield (
            f"distributor {code}",
            f"released {to_major(int(released))}, balances {to_major(int(balances))}",
        )


def _payouts_name_withdrawals(merchant) -> Rows:
    """Every payout is of one merchant's withdrawal, to an account of the person who asked, and was
    approved by somebody else than its maker; paid, it moved that person's money (invariant 6)."""
    for pk, status in query(
        """
        SELECT withdrawal.id, payout.status
        FROM payouts_payout AS payout
        JOIN payouts_withdrawal AS withdrawal ON withdrawal.id = payout.withdrawal_id
        JOIN payouts_payoutbatch AS batch ON batch.id = payout.batch_id
        JOIN payouts_payoutaccount AS target ON target.id = withdrawal.payout_account_id
        LEFT JOIN ledger_transfer AS posting
          ON posting.merchant_id = payout.merchant_id AND posting.kind = 'pay'
         AND posting.document_type = 'withdrawal' AND posting.document_id = withdrawal.id
        LEFT JOIN ledger_account AS credit ON credit.id = posting.credit_account_id
        LEFT JOIN ledger_wallet AS wallet ON wallet.id = credit.wallet_id
        WHERE payout.merchant_id = :merchant
          AND (withdrawal.merchant_id <> :merchant OR batch.merchant_id <> :merchant
               OR target.merchant_id <> :merchant
               OR target.distributor_id <> withdrawal.distributor_id
               OR (payout.status = 'paid'
                   AND (batch.approved_by_id IS NULL OR batch.approved_by_id = batch.made_by_id
                        OR posting.id IS NULL OR posting.amount <> payout.amount
                        OR credit.kind <> 'paid'
                        OR wallet.distributor_id <> withdrawal.distributor_id))
               OR (payout.status <> 'paid' AND posting.id IS NOT NULL))
        ORDER BY withdrawal.id
        """,
        merchant,
    ):
        yield f"withdrawal {pk}", f"its payout is {status}, but the rows behind it do not fit"


def _payments_have_payouts(merchant) -> Rows:
    """Money counts as paid out only behind a payout that was paid (invariant 6)."""
    for pk, amount in query(
        """
        SELECT posting.id, posting.amount
        FROM ledger_transfer AS posting
        LEFT JOIN payouts_payout AS payout
          ON payout.withdrawal_id = posting.document_id AND payout.status = 'paid'
         AND payout.merchant_id = posting.merchant_id
        WHERE posting.merchant_id = :merchant AND posting.kind = 'pay'
          AND (posting.document_type <> 'withdrawal' OR payout.id IS NULL)
        ORDER BY posting.id
        """,
        merchant,
    ):
        yield f"transfer {pk}", f"pays out {to_major(amount)} without a payout"


WALLET_CHECKS = (
    _balances_stay_above_zero,
    _facts_post_once,
    _rows_are_there_once,
    _released_equals_balances,
    _payouts_name_withdrawals,
    _payments_have_payouts,
)
