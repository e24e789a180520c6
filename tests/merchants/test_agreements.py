"""Versions of the agreement, kept by the database itself, and who accepted which."""

import pytest
from django.db import IntegrityError, connection, transaction
from django_scopes import scope

from apps.core.errors import Refused
from apps.merchants.models import Agreement, AgreementAcceptance
from apps.merchants.selectors import agreement_to_accept, current_agreement
from apps.merchants.services import accept_agreement, publish_agreement, save_agreement_draft
from tests.factories import MerchantFactory, UserFactory


def publish(merchant, text="第一条", title="分销协议", actor=None):
    draft = save_agreement_draft(merchant=merchant, title=title, text=text)
    return publish_agreement(agreement=draft, actor=actor)


def accept(agreement, user, **values):
    return accept_agreement(
        agreement=agreement, user=user, **({"address": "", "user_agent": ""} | values)
    )


def test_one_draft_is_rewritten_until_it_is_published(merchant):
    first = save_agreement_draft(merchant=merchant, title=" 分销  协议 ", text=" 一 ")
    again = save_agreement_draft(merchant=merchant, title="分销协议", text="二")
    assert (first.pk, first.title, again.text) == (again.pk, "分销 协议", "二")
    assert current_agreement(merchant) is None

    actor = UserFactory()
    published = publish_agreement(agreement=again, actor=actor)

    assert (published.number, published.published_by) == (1, actor)
    assert published.published_at is not None
    assert current_agreement(merchant) == published
    assert publish(merchant, "三").number == 2
    assert current_agreement(merchant).text == "三"


@pytest.mark.parametrize(("title", "text"), [("", "x"), ("x", " "), ("x" * 81, "x")])
def test_a_draft_needs_its_words(merchant, title, text):
    with pytest.raises(Refused):
        save_agreement_draft(merchant=merchant, title=title, text=text)
    assert not Agreement.objects.exists()


def test_nothing_new_is_not_published(merchant):
    publish(merchant)

    with pytest.raises(Refused, match="Nothing has changed since version 1"):
        publish(merchant)
    with pytest.raises(Refused, match="published already"):
        publish_agreement(agreement=current_agreement(merchant), actor=None)
    assert list(Agreement.objects.order_by("pk").values_list("number", flat=True)) == [1, None]


def test_every_merchant_counts_for_itself(merchant):
    publish(merchant)
    other = MerchantFactory()

    with scope(merchant=other):
        assert current_agreement(other) is None
        assert publish(other).number == 1


def test_another_merchants_draft_is_not_published(merchant):
    other = MerchantFactory()
    with scope(merchant=other):
        draft = save_agreement_draft(merchant=other, title="x", text="x")

    with pytest.raises(Agreement.DoesNotExist):
        publish_agreement(agreement=draft, actor=None)
    with scope(merchant=other):
        assert Agreement.objects.get().is_draft


def test_the_database_keeps_what_was_published_and_accepted(merchant):
    published = publish(merchant)
    accept(published, UserFactory())

    for change in (
        lambda: Agreement.objects.update(text="changed"),
        lambda: Agreement.objects.update(published_at=None, number=None),
        lambda: AgreementAcceptance.objects.update(device="other"),
    ):
        with pytest.raises(IntegrityError), transaction.atomic():
            change()
    with pytest.raises(Refused, match="stays"):
        published.delete()
    assert Agreement.objects.get().text == "第一条"


def test_a_draft_may_be_deleted(merchant):
    save_agreement_draft(merchant=merchant, title="x", text="x").delete()
    assert not Agreement.objects.exists()


def test_accepting_keeps_the_first_time_place_and_device(merchant):
    agreement, user = publish(merchant), UserFactory()
    agent = "Mozilla/5.0 (Windows NT 10.0) AppleWebKit Chrome/120 Safari/537"

    first = accept(agreement, user, address="203.0.113.7", user_agent=agent)
    again = accept(agreement, user, address="198.51.100.1", user_agent="")

    assert again == first
    assert (first.device, len(first.address_hash)) == ("Chrome, Windows", 64)
    with connection.cursor() as cursor:
        cursor.execute("SELECT address_hash, device FROM merchants_agreementacceptance")
        assert "203.0.113.7" not in str(cursor.fetchall())


def test_one_address_is_recognised_at_one_merchant_only(merchant):
    agreement = publish(merchant)
    one, two = (accept(agreement, UserFactory(), address="203.0.113.7") for _n in range(2))
    other = MerchantFactory()
    with scope(merchant=other):
        elsewhere = accept(publish(other), UserFactory(), address="203.0.113.7")

    assert one.address_hash == two.address_hash != elsewhere.address_hash


def test_a_new_version_asks_again(merchant, django_assert_num_queries):
    user = UserFactory()
    assert agreement_to_accept(merchant, user) is None
    first = publish(merchant)
    assert agreement_to_accept(merchant, user) == first
    accept(first, user)
    with django_assert_num_queries(1):
        assert agreement_to_accept(merchant, user) is None

    second = publish(merchant, "第二条")

    assert agreement_to_accept(merchant, user) == second
    with pytest.raises(Refused, match="newer version"):
        accept(first, user)
    accept(second, user)
    assert AgreementAcceptance.objects.count() == 2


def test_a_draft_is_nothing_to_accept(merchant):
    draft = save_agreement_draft(merchant=merchant, title="x", text="x")

    with pytest.raises(Refused):
        accept(draft, UserFactory())
    assert not AgreementAcceptance.objects.exists()
