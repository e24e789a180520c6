"""The engine, for plans of every kind, against naive re-tellings of the rules."""

from fractions import Fraction
from math import floor

from hypothesis import given
from hypothesis import strategies as st

from apps.commissions.engine import Line, Outcome, compute, explain_line
from tests.properties.plans import (
    LEVELS,
    chains,
    compiled,
    documents,
    facts_for,
    lines,
    orders,
    plain_lines,
    shares_only,
)

SCOPE_RANK = {"sku": 4, "product": 3, "category": 2}


def half_up(value: Fraction) -> int:
    return floor(value + Fraction(1, 2))


def naive_rule(document: dict, line: Line, depth: int, level: str | None) -> dict | None:
    """Of all rules that fit, the one that says most: by scope, length of path, level."""

    def specificity(rule: dict) -> tuple:
        scope = max((SCOPE_RANK[key] for key in SCOPE_RANK if key in rule), default=1)
        return scope, rule.get("category", "").count("/"), "level" in rule

    def fits(rule: dict) -> bool:
        return (
            rule["depth"] == depth
            and rule.get("level") in (None, level)
            and rule.get("sku", line.sku) == line.sku
            and rule.get("product", line.product) == line.product
            and f"{line.category}/".startswith(f"{rule['category']}/" if "category" in rule else "")
        )

    return max(filter(fits, document["rules"]), key=specificity, default=None)


def naive_amount(rule: dict, base: int, quantity: int) -> int:
    if "percent" in rule:
        return half_up(base * Fraction(rule["percent"]) / 100)
    return int(Fraction(rule["amount"]) * 100) * quantity


def places(document: dict, chain: list) -> list[tuple]:
    """(depth, person) of those who may earn."""
    standing = [each for each in chain if each.is_active or not document["compression"]]
    numbered = list(enumerate(standing, start=1))[: document["depths"]]
    return [(depth, person) for depth, person in numbered if person.is_active]


def told(entitlements) -> list[tuple]:
    return [(each.line_id, each.kind, each.depth, each.beneficiary_id, each.amount)
            for each in entitlements]  # fmt: skip


@given(shares_only(), lines, st.integers(1, 3), st.sampled_from([None, *LEVELS]))
def test_the_rule_that_says_most_wins(document, line, depth, level):
    found = compiled(document).rule_for(line, depth, level)
    expected = naive_rule(document, line, depth, level)
    if expected is None:
        assert found is None
    else:
        assert found.path == f"rules[{document['rules'].index(expected)}]"


@given(shares_only(), plain_lines, chains)
def test_shares_and_ceiling_are_what_pencil_and_paper_give(document, line, chain):
    base = {"paid": line.paid, "list": line.list, "profit": max(0, line.paid - line.cost)}
    full = {
        (depth, person.id): naive_amount(rule, base[document["base"]], line.quantity)
        for depth, person in places(document, chain)
        if (rule := naive_rule(document, line, depth, person.level))
    }
    expected = dict(full)
    if document["ceiling"]:
        limit = floor(
            base[document["ceiling"]["of"]] * Fraction(document["ceiling"]["percent"]) / 100
        )
        if (total := sum(full.values())) > limit:
            exact = {key: Fraction(amount * limit, total) for key, amount in full.items()}
            expected = {key: floor(value) for key, value in exact.items()}
            by_remainder = sorted(exact, key=lambda key: (-(exact[key] % 1), key[0]))
            for key in by_remainder[: limit - sum(expected.values())]:
                expected[key] += 1
    found = compute([line], chain, compiled(document))
    assert [(e.depth, e.beneficiary_id, e.amount) for e in found] == [
        (*key, amount) for key, amount in sorted(expected.items()) if amount
    ]


@given(orders(), st.randoms(use_true_random=False))
def test_the_order_of_lines_does_not_matter(order, rng):
    document, found, chain, facts = order
    shuffled = list(found)
    rng.shuffle(shuffled)
    plan = compiled(document)
    together = told(compute(found, chain, plan, facts))
    assert sorted(together) == sorted(told(compute(shuffled, chain, plan, facts)))
    # Nor what the plan computed before: it remembers rules, never amounts.
    alone = [
        row for line in found for row in told(compute([line], chain, compiled(document), facts))
    ]
    assert together == alone


@given(orders())
def test_nobody_earns_nothing_and_all_together_never_more_than_the_ceiling(order):
    document, found, chain, facts = order
    plan = compiled(document)
    for line in found:
        entitlements = compute([line], chain, plan, facts)
        assert all(0 < each.amount <= each.full_amount for each in entitlements)
        limit = plan.limit(line)
        full = [each.full_amount for each in explain_line(line, chain, plan, facts).candidates]
        if limit is None or sum(full) <= limit:
            assert sum(each.amount for each in entitlements) == sum(full)
        else:
            assert sum(each.amount for each in entitlements) == limit
        for each in entitlements:
            if limit is not None and sum(full) > limit:
                assert abs(each.amount - Fraction(each.full_amount * limit, sum(full))) < 1


@given(orders())
def test_only_the_active_are_paid_and_nobody_twice_for_the_same(order):
    document, found, chain, facts = order
    entitlements = compute(found, chain, compiled(document), facts)
    keys = [(each.line_id, each.beneficiary_id, each.kind, each.depth) for each in entitlements]
    assert len(set(keys)) == len(keys)
    standing = {person.id for person in chain if person.is_active}
    standing |= {
        each.id
        for each in (facts.recruiter, facts.store, *(agent.person for agent in facts.agents))
        if each and each.is_active
    }
    assert {each.beneficiary_id for each in entitlements} <= standing


@given(documents().flatmap(lambda d: st.tuples(st.just(d), facts_for(d))), lines, chains, st.data())
def test_with_compression_somebody_inactive_changes_nothing(case, line, chain, data):
    document, facts = case
    document |= {"compression": True}
    place = data.draw(st.integers(0, len(chain)))
    stranger = data.draw(st.sampled_from([None, *LEVELS]))
    plan = compiled(document)
    longer = [*chain]
    if chain:
        longer.insert(place, chain[0]._replace(id=99, level=stranger, is_active=False))
    assert told(compute([line], longer, plan, facts)) == told(compute([line], chain, plan, facts))


@given(shares_only(), lines, chains, st.data())
def test_to_suspend_somebody_never_raises_the_total(document, line, chain, data):
    document |= {"compression": False}
    plan = compiled(document)
    before = sum(each.amount for each in compute([line], chain, plan))
    if chain:
        place = data.draw(st.integers(0, len(chain) - 1))
        chain[place] = chain[place]._replace(is_active=False)
    assert sum(each.amount for each in compute([line], chain, plan)) <= before


@given(orders())
def test_an_explanation_is_what_was_computed_and_leaves_nobody_out(order):
    document, found, chain, facts = order
    plan = compiled(document)
    for line in found:
        told_of = explain_line(line, chain, plan, facts)
        paid = [each for each in told_of.candidates if each.outcome == Outcome.PAID]
        assert [
            (each.kind, each.depth, each.person, each.amount, each.full_amount, each.rule)
            for each in paid
        ] == [
            (each.kind, each.depth, each.beneficiary_id, each.amount, each.full_amount, each.rule)
            for each in compute([line], chain, plan, facts)
        ]
        assert told_of.total == sum(each.amount for each in paid)
        assert (told_of.base, told_of.limit) == (plan.base_of(line), plan.limit(line))
        assert told_of.is_scaled == (told_of.total < told_of.full_total)
        assert {person.id for person in chain} <= {each.person for each in told_of.candidates}
        others = [each for each in told_of.candidates if each.outcome != Outcome.PAID]
        assert all(each.amount == 0 for each in others)
