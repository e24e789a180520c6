"""What every provider is asked and answers. Amounts are minor units; moments are aware."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

# States of a trade at the provider, and of money on its way back.
PAID, OPEN, CLOSED, ABSENT = "paid", "open", "closed", "absent"
DONE, UNDER_WAY, FAILED = "done", "under_way", "failed"


class ProviderError(Exception):
    """The provider could not be asked, or refused. `is_final`: asking again will not help."""

    def __init__(self, code: str, message: str = "", *, is_final: bool = False):
        super().__init__(f"{code}: {message}" if message else code)
        self.code = code
        self.is_final = is_final


class NoticeRefused(Exception):
    """A notification that proves nothing; `number` is the payment that it claims to be about."""

    def __init__(self, reason: str, number: str = ""):
        super().__init__(reason)
        self.reason = reason
        self.number = number


@dataclass(frozen=True, slots=True)
class Charge:
    """What the customer is asked for."""

    number: str
    way: str
    amount: int
    description: str
    expires_at: datetime
    notify_url: str
    return_url: str
    payer: str = ""
    address: str = ""


@dataclass(frozen=True, slots=True)
class Trade:
    """A payment as the provider knows it."""

    state: str
    transaction_id: str = ""
    amount: int = 0
    paid_at: datetime | None = None
    # Paid, and all or part of it given back since.
    is_returned: bool = False


@dataclass(frozen=True, slots=True)
class Returned:
    """Money given back, as the provider knows it."""

    state: str
    amount: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Notice:
    """A notification whose signature, age and addressee are right.

    With a `trade`: that payment was made. With `returned`: money was given back, for our
    `refund_no` or for nobody's. With neither: nothing that concerns anybody.
    """

    event_id: str
    number: str
    trade: Trade | None = None
    refund_no: str = ""
    returned: Returned | None = None


class Provider(Protocol):
    """Somebody who carries money. Every call but the last two goes over the network.

    They raise ProviderError; `read_notice` raises NoticeRefused.
    """

    def start(self, charge: Charge) -> dict[str, Any]:
        """Open a trade; what the customer's device needs. The same number again is the same one."""

    def query(self, number: str) -> Trade:
        """How a trade stands."""

    def close(self, number: str) -> str:
        """Close a trade: CLOSED, ABSENT where none was opened, PAID when it is too late."""

    def refund(
        self,
        *,
        number: str,
        refund_no: str,
        amount: int,
        total: int,
        reason: str,
        notify_url: str,
    ) -> Returned:
        """Give back `amount` of a trade of `total`. The same refund number again is the same."""

    def for_device(self, ticket: dict[str, Any]) -> dict[str, Any]:
        """What the customer's device is given now, from what `start` answered."""

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """The notification that came, verified."""
