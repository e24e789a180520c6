from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.db import connection
from django.db.models import F, Sum

from apps.core.fields import MoneyField, RateField
from apps.products.models import Sku
from tests.factories import SkuFactory

pytestmark = pytest.mark.django_db


def test_money_is_minor_units_in_the_database_and_major_units_in_python(merchant):
    sku = SkuFactory(price=Decimal("12.34"))

    with connection.cursor() as cursor:
        cursor.execute("SELECT price FROM products_sku WHERE id = %s", [sku.pk])
        assert cursor.fetchone() == (1234,)
    assert Sku.objects.get(pk=sku.pk).price == Decimal("12.34")
    assert Sku.objects.filter(price__gt=Decimal("12.33"), price__lt="12.35").count() == 1


def test_sums_and_expressions_stay_exact(merchant):
    for _ in range(3):
        SkuFactory(price=Decimal("0.10"))
    Sku.objects.update(price=F("price") + F("price"))

    assert Sku.objects.aggregate(total=Sum("price"))["total"] == Decimal("0.60")
    assert Sku.objects.none().aggregate(total=Sum("price"))["total"] is None


@pytest.mark.parametrize("bad", ["12.345", "abc"])
def test_what_is_not_an_exact_amount_does_not_validate(bad):
    for field in (MoneyField(), RateField()):
        with pytest.raises(ValidationError):
            field.to_python(bad)


def test_the_form_field_takes_two_decimals():
    assert MoneyField().formfield().clean("12.34") == Decimal("12.34")
    with pytest.raises(ValidationError):
        MoneyField().formfield().clean("12.345")


def test_rates_are_percent_in_python():
    assert RateField().to_python("12.5") == Decimal("12.50")
    assert RateField().get_prep_value(Decimal("12.5")) == 1250
