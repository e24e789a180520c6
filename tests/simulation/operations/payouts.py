"""Money on its way out, and the stop in front of it."""

from apps.core.money import to_major, to_minor
from apps.distributors.models import Distributor
from apps.payouts.models import DebtWriteOff, Payout, PayoutBatch, PayoutFreeze, Withdrawal
from apps.payouts.services import (
    approve_batch,
    approve_withdrawal,
    approve_write_off,
    cancel_batch,
    clear_freeze,
    download_bank_file,
    freeze_payouts,
    make_batch,
    mark_payout_failed,
    mark_payout_paid,
    propose_write_off,
    reject_withdrawal,
    reject_write_off,
    request_withdrawal,
    save_payout_account,
)
from tests.simulation.life import Attempt, Life
from tests.simulation.operations.register import operation


def anybody(life: Life):
    """One of the staff; now and then somebody who may not."""
    return life.rng.choices([life.house.maker, life.house.checker, life.house.viewer], [5, 5, 1])[0]


@operation(9)
def request(life: Life) -> Attempt | None:
    """Somebody asks for what they have, or a part of it, or a fen more."""
    balances = life.shadow.balances_by_code()
    rich = [code for code, each in balances.items() if each["available"] >= 100]
    if not rich and life.chance(0.8):
        return None
    code = life.pick(rich if rich and life.chance(0.9) else life.distributors)
    available = balances.get(code, {}).get("available", 0)
    part = life.rng.randint(available // 2, available)
    amount = life.rng.choice((available, available, available + 1, part, part))
    key = life.number("W")

    def note(withdrawal: Withdrawal) -> None:
        if all(each.pk != withdrawal.pk for each in life.withdrawals):
            life.withdrawals.append(withdrawal)
            life.facts.withdrawing[code] += amount

    def refused_for_sure() -> bool:
        now = life.shadow.balances_by_code().get(code, {})
        # Whoever has left may take the last fen.
        smallest = 1 if life.facts.sellers[code].statuses[-1][1] == "terminated" else 100
        return amount > now.get("available", 0) or now.get("debt", 0) > 0 or amount < smallest

    return Attempt(
        lambda: request_withdrawal(
            distributor=life.distributors[code], amount=to_major(amount), request_key=key
        ),
        note,
        may=lambda: False if refused_for_sure() else None,
    )


@operation(4)
def account(life: Life) -> Attempt:
    """Somebody says where they want to be paid, or changes their mind."""
    return account_of(life, life.pick(life.distributors.values()))


def account_of(life: Life, person: Distributor) -> Attempt:
    """This person's account, one of three."""
    tail = life.rng.randint(10, 12)
    return Attempt(
        lambda: save_payout_account(
            distributor=person,
            method="bank",
            holder_name=person.name,
            bank_name="Bank",
            number=f"62220200000000{tail}",
        ),
        may=lambda: True,
    )


def one_of(life: Life, kind, known: list, *statuses: str):
    """One of these rows, mostly one that is in one of these states now."""
    if life.chance(0.8):
        return life.pick(list(kind.objects.filter(status__in=statuses).order_by("pk")))
    return life.pick(known)


@operation(8)
def approve(life: Life) -> Attempt | None:
    withdrawal = one_of(life, Withdrawal, life.withdrawals, "submitted")
    actor = anybody(life)
    return withdrawal and Attempt(lambda: approve_withdrawal(withdrawal=withdrawal, actor=actor))


@operation(2)
def reject(life: Life) -> Attempt | None:
    withdrawal, actor = life.pick(life.withdrawals), anybody(life)
    return withdrawal and Attempt(
        lambda: reject_withdrawal(withdrawal=withdrawal, actor=actor, reason="no"),
        lambda done: returned(life, done),
    )


def returned(life: Life, withdrawal: Withdrawal) -> None:
    life.facts.withdrawing[code_of(life, withdrawal)] -= to_minor(withdrawal.amount)


def code_of(life: Life, withdrawal: Withdrawal) -> str:
    return next(
        code for code, each in life.distributors.items() if each.pk == withdrawal.distributor_id
    )


@operation(12)
def batch(life: Life) -> Attempt | None:
    """A batch of what somebody believes to be approved."""
    if not life.withdrawals:
        return None
    approved = list(Withdrawal.objects.filter(status="approved"))
    if not approved and life.chance(0.8):
        return None
    chosen = approved if approved and life.chance(0.9) else life.withdrawals[-2:]
    actor = anybody(life)

    def note(batch: PayoutBatch) -> None:
        life.batches.append(batch)
        life.payouts += batch.payouts.order_by("pk")

    return Attempt(
        lambda: make_batch(merchant=life.merchant, withdrawals=chosen, actor=actor), note
    )


@operation(12)
def second_look(life: Life) -> Attempt | None:
    batch, actor = one_of(life, PayoutBatch, life.batches, "draft"), anybody(life)
    return batch and Attempt(lambda: approve_batch(batch=batch, actor=actor))


@operation(1)
def give_up(life: Life) -> Attempt | None:
    batch, actor = life.pick(life.batches), anybody(life)
    return batch and Attempt(lambda: cancel_batch(batch=batch, actor=actor))


@operation(1)
def bank_file(life: Life) -> Attempt | None:
    batch, actor = life.pick(life.batches), anybody(life)
    return batch and Attempt(lambda: download_bank_file(batch=batch, actor=actor))


@operation(12)
def paid(life: Life) -> Attempt | None:
    payout, actor = one_of(life, Payout, life.payouts, "waiting"), anybody(life)

    def note(done: Payout) -> None:
        code = code_of(life, Withdrawal.objects.get(pk=done.withdrawal_id))
        life.facts.withdrawing[code] -= to_minor(done.amount)
        life.facts.paid_out[code] += to_minor(done.amount)

    return payout and Attempt(lambda: mark_payout_paid(payout=payout, actor=actor), note)


@operation(3)
def failed(life: Life) -> Attempt | None:
    payout, actor = one_of(life, Payout, life.payouts, "waiting"), anybody(life)
    return payout and Attempt(
        lambda: mark_payout_failed(payout=payout, actor=actor, reason="closed account"),
        lambda done: returned(life, Withdrawal.objects.get(pk=done.withdrawal_id)),
    )


@operation(1)
def freeze(life: Life) -> Attempt:
    def note(freeze: PayoutFreeze) -> None:
        if all(each.pk != freeze.pk for each in life.freezes):
            life.freezes.append(freeze)

    return Attempt(
        lambda: freeze_payouts(merchant=life.merchant, faults=["a fault"]), note, may=lambda: True
    )


@operation(8)
def clear(life: Life) -> Attempt | None:
    freeze, actor = life.pick(life.freezes[-2:]), anybody(life)
    return freeze and Attempt(lambda: clear_freeze(freeze=freeze, actor=actor, reason="looked"))


@operation(8)
def forgive(life: Life) -> Attempt | None:
    """Somebody proposes to give up a debt, or a fen more."""
    debts = {
        code: each["debt"] for code, each in life.shadow.balances_by_code().items() if each["debt"]
    }
    code, actor = life.pick(debts), anybody(life)
    if code is None:
        return None
    amount = life.rng.choice((debts[code], debts[code] + 1, life.rng.randint(1, debts[code])))
    person = life.distributors[code]
    return Attempt(
        lambda: propose_write_off(
            distributor=person, amount=to_major(amount), reason="long ago", actor=actor
        ),
        life.write_offs.append,
    )


@operation(5)
def agree(life: Life) -> Attempt | None:
    write_off = one_of(life, DebtWriteOff, life.write_offs, "proposed")
    actor = anybody(life)

    def note(done: DebtWriteOff) -> None:
        life.facts.written_off[code_of(life, done)] += to_minor(done.amount)

    return write_off and Attempt(lambda: approve_write_off(write_off=write_off, actor=actor), note)


@operation(1)
def insist(life: Life) -> Attempt | None:
    write_off = one_of(life, DebtWriteOff, life.write_offs, "proposed")
    actor = anybody(life)
    return write_off and Attempt(
        lambda: reject_write_off(write_off=write_off, actor=actor, reason="they can pay")
    )
