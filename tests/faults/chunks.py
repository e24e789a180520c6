"""Smaller transactions than the product makes: more of them lie on the way of a fault."""

CHUNKS = {"ORDERS_PER_CHUNK": 50, "PEOPLE_PER_CHUNK": 10, "REFUNDS_PER_PASS": 60}


def shrink_chunks() -> None:
    """For this process."""
    from apps.commissions.services import stages

    for name, size in CHUNKS.items():
        # Under another name it would silently stay as large as it is.
        assert hasattr(stages, name), name
        setattr(stages, name, size)
