"""Alipay, RSA2 with a public key, through the `python-alipay-sdk` SDK (`import alipay`).

The SDK signs and verifies. Its clock is the machine's, Alipay's is Beijing's; and it does not look
at the age of a notification nor at whom it is for. That is done here.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl
from zoneinfo import ZoneInfo

from alipay import AliPay
from alipay.utils import AliPayConfig
from django.utils import timezone

from apps.core.money import MoneyError, to_major, to_minor
from apps.payments.providers import base
from apps.payments.providers.base import (
    Charge,
    Notice,
    NoticeRefused,
    ProviderError,
    Returned,
    Trade,
)
from apps.payments.providers.keys import pem

BEIJING = ZoneInfo("Asia/Shanghai")
TIME_FORMAT = "%Y-%m-%d %H:%M:%S"
TIMEOUT = 15
# Alipay repeats a notification for a little over a day, with the time of its first sending.
NOTICE_AGE, NOTICE_AHEAD = timedelta(hours=26), timedelta(minutes=5)
PASSING = {"ACQ.SYSTEM_ERROR", "aop.ACQ.SYSTEM_ERROR", "ACQ.SELLER_BALANCE_NOT_ENOUGH"}
NOT_THERE = "ACQ.TRADE_NOT_EXIST"
TRADES = {
    "WAIT_BUYER_PAY": base.OPEN,
    "TRADE_SUCCESS": base.PAID,
    "TRADE_FINISHED": base.PAID,
    "TRADE_CLOSED": base.CLOSED,
}


class _Client(AliPay):
    """The SDK's client with Alipay's clock."""

    def build_body(self, method: str, biz_content: dict | None = None, **values: Any) -> dict:
        now = timezone.now().astimezone(BEIJING)
        return super().build_body(method, biz_content, **values) | {
            "timestamp": now.strftime(TIME_FORMAT)
        }


class Alipay:
    """One app of a merchant at Alipay."""

    def __init__(
        self,
        *,
        app_id: str,
        private_key: str,
        public_key: str,
        seller_id: str = "",
        gateway: str = "",
    ):
        self.app_id, self.seller_id = app_id, seller_id
        self.client = _Client(
            appid=app_id,
            app_private_key_string=pem(private_key, "PRIVATE KEY"),
            alipay_public_key_string=pem(public_key, "PUBLIC KEY"),
            sign_type="RSA2",
            config=AliPayConfig(timeout=TIMEOUT),
        )
        if gateway:
            # The SDK has no other way to name another host, such as the sandbox or a test peer.
            self.client._gateway = gateway

    def start(self, charge: Charge) -> dict[str, Any]:
        """See Provider. Nothing is sent: the signed address opens the trade."""
        api = {
            "wap": self.client.api_alipay_trade_wap_pay,
            "page": self.client.api_alipay_trade_page_pay,
        }[charge.way]
        signed = api(
            subject=charge.description,
            out_trade_no=charge.number,
            total_amount=str(to_major(charge.amount)),
            return_url=charge.return_url,
            notify_url=charge.notify_url,
            time_expire=charge.expires_at.astimezone(BEIJING).strftime(TIME_FORMAT),
        )
        return {"link": f"{self.client._gateway}?{signed}"}

    def for_device(self, ticket: dict[str, Any]) -> dict[str, Any]:
        """See Provider."""
        return ticket

    def query(self, number: str) -> Trade:
        """See Provider."""
        answer = self._call("alipay.trade.query", {"out_trade_no": number}, absent=NOT_THERE)
        if answer is None:
            return Trade(base.ABSENT)
        if answer.get("out_trade_no") != number:
            raise ProviderError("FORM", "the answer is about another trade")
        return _trade(answer, "send_pay_date")

    def close(self, number: str) -> str:
        """See Provider."""
        try:
            answer = self._call("alipay.trade.close", {"out_trade_no": number}, absent=NOT_THERE)
        except ProviderError as error:
            if error.code in {"ACQ.TRADE_STATUS_ERROR", "ACQ.REASON_TRADE_STATUS_INVALID"}:
                # It was paid or closed meanwhile: the next query tells which.
                return base.PAID
            raise
        return base.ABSENT if answer is None else base.CLOSED

    def refund(
        self, *, number: str, refund_no: str, amount: int, total: int, reason: str, notify_url: str
    ) -> Returned:
        """See Provider. A refund that was made before answers that no money moved this time."""
        content = {
            "out_trade_no": number,
            "out_request_no": refund_no,
            "refund_amount": str(to_major(amount)),
            "refund_reason": reason[:80],
        }
        answer = self._call("alipay.trade.refund", content)
        if answer.get("fund_change") == "Y":
            return Returned(base.DONE, amount)
        asked = {"out_trade_no": number, "out_request_no": refund_no}
        found = self._call("alipay.trade.fastpay.refund.query", asked)
        done = found.get("refund_status") == "REFUND_SUCCESS"
        return Returned(base.DONE if done else base.UNDER_WAY, amount)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """See Provider."""
        try:
            pairs = parse_qsl(body.decode(), keep_blank_values=True, strict_parsing=True)
        except ValueError as error:
            raise NoticeRefused("form") from error
        values = dict(pairs)
        number = values.get("out_trade_no", "")[:64]
        if len(values) != len(pairs):
            # A name given twice: what was signed could not be told from what was added.
            raise NoticeRefused("form", number)
        if not self._is_signed(dict(values)):
            raise NoticeRefused("signature", number)
        if not _is_fresh(values.get("notify_time", "")):
            raise NoticeRefused("stale", number)
        seller = values.get("seller_id", self.seller_id)
        if values.get("app_id") != self.app_id or (self.seller_id and seller != self.seller_id):
            raise NoticeRefused("merchant", number)
        event_id = values.get("notify_id", "")
        if not event_id or not number:
            raise NoticeRefused("form", number)
        try:
            return _understood(values, event_id, number)
        except ProviderError as error:
            raise NoticeRefused("form", number) from error

    def _is_signed(self, values: dict[str, str]) -> bool:
        sign = values.pop("sign", "")
        if values.get("sign_type") != "RSA2":
            return False
        try:
            return self.client.verify(values, sign)
        except Exception:
            # The SDK's libraries raise whatever a mangled signature makes them.
            return False

    def _call(self, api: str, content: dict[str, str], *, absent: str = "") -> dict | None:
        try:
            answer = self.client.server_api(api, content)
        except Exception as error:
            # The SDK raises bare exceptions, also for an answer whose signature is false.
            raise ProviderError("UNREACHABLE", str(error)[:200]) from error
        if answer.get("code") == "10000":
            return answer
        code = str(answer.get("sub_code") or answer.get("code"))
        if absent and code == absent:
            return None
        message = str(answer.get("sub_msg") or answer.get("msg") or "")[:200]
        passing = code in PASSING or answer.get("code") in {"20000", "10003"}
        raise ProviderError(code, message, is_final=not passing)


def _understood(values: dict[str, str], event_id: str, number: str) -> Notice:
    state = values.get("trade_status", "")
    if values.get("refund_fee") and values.get("gmt_refund"):
        # `refund_fee` is the sum of all that was given back so far.
        returned = Returned(base.DONE, _minor(values["refund_fee"]), state)
        refund_no = values.get("out_biz_no", "")
        return Notice(event_id, number, refund_no=refund_no, returned=returned)
    if TRADES.get(state) == base.PAID:
        return Notice(event_id, number, trade=_trade(values, "gmt_payment"))
    return Notice(event_id, number)


def _trade(values: dict[str, Any], time_name: str) -> Trade:
    state = TRADES.get(values.get("trade_status", ""))
    if state is None:
        raise ProviderError("FORM", "no state of the trade")
    if state != base.PAID:
        return Trade(state)
    paid_at = _moment(values.get(time_name, ""))
    if paid_at is None or not values.get("trade_no"):
        raise ProviderError("FORM", "no time or number of the trade")
    return Trade(state, values["trade_no"], _minor(values.get("total_amount", "")), paid_at)


def _minor(text: str) -> int:
    try:
        return to_minor(text)
    except MoneyError as error:
        raise ProviderError("FORM", str(error)) from error


def _moment(text: str) -> datetime | None:
    try:
        return datetime.strptime(text, TIME_FORMAT).replace(tzinfo=BEIJING)
    except ValueError:
        return None


def _is_fresh(text: str) -> bool:
    sent = _moment(text)
    return sent is not None and -NOTICE_AHEAD <= timezone.now() - sent <= NOTICE_AGE
