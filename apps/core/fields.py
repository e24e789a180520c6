"""Model fields for money and rates: integers in the database, Decimals in Python."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.db import models

from apps.core.money import MoneyError, to_basis_points, to_major, to_minor, to_percent


class ScaledDecimalField(models.BigIntegerField):
    """A Decimal with two decimals, stored as a scaled integer; a subclass says in what unit."""

    to_integer: Callable[[Any], int]
    to_decimal: Callable[[int], Decimal]
    form_widget_attrs = {"inputmode": "decimal"}

    def from_db_value(self, value, expression, connection):
        return None if value is None else self.to_decimal(value)

    def to_python(self, value):
        if value is None or isinstance(value, Decimal):
            return value
        try:
            return self.to_decimal(self.to_integer(value))
        except MoneyError as error:
            raise ValidationError(str(error), code="invalid") from error

    def get_prep_value(self, value):
        if value is None or hasattr(value, "resolve_expression"):
            return value
        return self.to_integer(value)

    def value_to_string(self, obj):
        value = self.value_from_object(obj)
        return "" if value is None else str(value)

    @property
    def validators(self):
        # IntegerField's own bounds are stated in stored units and would be compared with Decimals.
        return list(self._validators)

    def formfield(self, **kwargs):
        defaults = {"form_class": forms.DecimalField, "max_digits": 15, "decimal_places": 2}
        return models.Field.formfield(self, **{**defaults, **kwargs})


class MoneyField(ScaledDecimalField):
    """Money: a BIGINT of minor units in the database, a Decimal of major units in Python."""

    to_integer = staticmethod(to_minor)
    to_decimal = staticmethod(to_major)


class RateField(ScaledDecimalField):
    """A rate: BIGINT of basis points in the database, Decimal percent in Python."""

    to_integer = staticmethod(to_basis_points)
    to_decimal = staticmethod(to_percent)
