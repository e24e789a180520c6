"""A merchant with a policy, and people who fill its form in."""

import io
from datetime import date
from itertools import count

import pytest
from PIL import Image

from apps.joining.services import Filled, save_policy, submit_application
from tests.factories import StaffMembershipFactory

# 11010519491231002X is the example of GB 11643 itself.
ID_NUMBER = "11010519491231002X"
BORN = date(1949, 12, 31)
_keys = count()


def new_key() -> str:
    return f"key-{next(_keys)}"


def filled(**values) -> Filled:
    return Filled(**({"name": "王芳", "is_adult": True} | values))


def picture(size=(40, 30), image_format="PNG") -> bytes:
    out = io.BytesIO()
    Image.new("RGB", size, "#0d5a40").save(out, image_format)
    return out.getvalue()


PDF = b"%PDF-1.7\n1 0 obj\n<<>>\nendobj\ntrailer\n<<>>\n%%EOF\n"


@pytest.fixture
def policy(merchant):
    """Sets the merchant's policy."""

    def policy(way="application", **values):
        return save_policy(merchant=merchant, way=way, **values)

    return policy


@pytest.fixture
def apply(merchant):
    """Sends a form; 13800138000 unless said otherwise."""

    def apply(phone="13800138000", *, request_key=None, form=None, **values):
        return submit_application(
            merchant=merchant,
            phone=phone,
            filled=form or filled(),
            request_key=request_key or new_key(),
            **values,
        )

    return apply


@pytest.fixture
def reviewer(merchant):
    return StaffMembershipFactory(role="operator").user
