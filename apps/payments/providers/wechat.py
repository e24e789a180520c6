"""WeChat Pay, APIv3, in public-key mode (微信支付公钥), through the `wechatpayv3` SDK.

The SDK signs, verifies and decrypts. It does not look at the age of a notification nor at whom it
is for, and fetches certificates from the network for a serial number it does not know: all three
are done here, before and after it.
"""

import json
import time
import uuid
from collections.abc import Mapping
from typing import Any
from urllib.parse import quote, urlencode

import requests
from django.utils.dateparse import parse_datetime
from wechatpayv3 import WeChatPay, WeChatPayType
from wechatpayv3.utils import aes_decrypt

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

TYPES = {
    "jsapi": WeChatPayType.JSAPI,
    "h5": WeChatPayType.H5,
    "native": WeChatPayType.NATIVE,
}
TIMEOUT = (5, 15)
SIGN_IN = "https://open.weixin.qq.com/connect/oauth2/authorize"
API = "https://api.weixin.qq.com"
# As WeChat's own guide asks: older ones may be somebody's recording.
NOTICE_SECONDS = 300
HEADERS = tuple(
    f"Wechatpay-{name}" for name in ("Signature", "Timestamp", "Nonce", "Serial", "Signature-Type")
)
# Refusals that may be over in a minute; NOT_ENOUGH: the merchant's balance is low.
PASSING = {"SYSTEM_ERROR", "FREQUENCY_LIMITED", "RATELIMIT_EXCEEDED", "NOT_ENOUGH"}
ABSENT_CODES = {"ORDER_NOT_EXIST", "RESOURCE_NOT_EXISTS", "NOT_FOUND"}
TRADES = {
    "SUCCESS": base.PAID,
    "REFUND": base.PAID,
    "NOTPAY": base.OPEN,
    "USERPAYING": base.OPEN,
    "ACCEPT": base.OPEN,
    "CLOSED": base.CLOSED,
    "REVOKED": base.CLOSED,
    "PAYERROR": base.CLOSED,
}
RETURNS = {
    "SUCCESS": base.DONE,
    "PROCESSING": base.UNDER_WAY,
    "CLOSED": base.FAILED,
    "ABNORMAL": base.FAILED,
}


class WeChat:
    """One merchant account at WeChat Pay."""

    def __init__(
        self,
        *,
        app_id: str,
        mch_id: str,
        serial_no: str,
        private_key: str,
        api_v3_key: str,
        public_key: str,
        public_key_id: str,
        app_secret: str = "",
        gateway: str = "",
    ):
        self.app_secret, self.gateway = app_secret, gateway.rstrip("/")
        self.app_id, self.mch_id = app_id, mch_id
        self.key_id, self.api_v3_key = public_key_id, api_v3_key
        self.client = WeChatPay(
            wechatpay_type=WeChatPayType.NATIVE,
            mchid=mch_id,
            private_key=pem(private_key, "PRIVATE KEY"),
            cert_serial_no=serial_no,
            appid=app_id,
            apiv3_key=api_v3_key,
            public_key=pem(public_key, "PUBLIC KEY"),
            public_key_id=public_key_id,
            timeout=TIMEOUT,
        )
        if self.gateway:
            # The SDK has no other way to name another host, such as a mirror or a test peer.
            self.client._core._gate_way = self.gateway

    def start(self, charge: Charge) -> dict[str, Any]:
        """See Provider."""
        answer = self._call(
            self.client.pay,
            description=charge.description,
            out_trade_no=charge.number,
            amount={"total": charge.amount, "currency": "CNY"},
            time_expire=charge.expires_at.isoformat(timespec="seconds"),
            notify_url=charge.notify_url,
            payer={"openid": charge.payer} if charge.way == "jsapi" else None,
            scene_info={"payer_client_ip": charge.address, "h5_info": {"type": "Wap"}}
            if charge.way == "h5"
            else None,
            pay_type=TYPES[charge.way],
        )
        try:
            if charge.way == "jsapi":
                return {"prepay_id": answer["prepay_id"]}
            if charge.way == "h5":
                back = quote(charge.return_url, safe="")
                return {"link": f"{answer['h5_url']}&redirect_url={back}"}
            return {"qr": answer["code_url"]}
        except KeyError as error:
            raise ProviderError("FORM", f"no {error} in the answer") from error

    def for_device(self, ticket: dict[str, Any]) -> dict[str, Any]:
        """See Provider: inside WeChat, parameters signed at this moment."""
        if "prepay_id" not in ticket:
            return ticket
        stamp, nonce = str(int(time.time())), uuid.uuid4().hex
        package = f"prepay_id={ticket['prepay_id']}"
        return {
            "jsapi": {
                "appId": self.app_id,
                "timeStamp": stamp,
                "nonceStr": nonce,
                "package": package,
                "signType": "RSA",
                "paySign": self.client.sign([self.app_id, stamp, nonce, package]),
            }
        }

    def query(self, number: str) -> Trade:
        """See Provider."""
        try:
            answer = self._call(self.client.query, out_trade_no=number)
        except ProviderError as error:
            if error.code in ABSENT_CODES:
                return Trade(base.ABSENT)
            raise
        if (answer.get("mchid"), answer.get("out_trade_no")) != (self.mch_id, number):
            raise ProviderError("FORM", "the answer is about another trade")
        return _trade(answer)

    def close(self, number: str) -> str:
        """See Provider."""
        try:
            self._call(self.client.close, out_trade_no=number)
        except ProviderError as error:
            if error.code in ABSENT_CODES:
                return base.ABSENT
            if error.code in {"ORDERPAID", "ORDER_PAID"}:
                return base.PAID
            if error.code in {"ORDERCLOSED", "ORDER_CLOSED"}:
                return base.CLOSED
            raise
        return base.CLOSED

    def refund(
        self, *, number: str, refund_no: str, amount: int, total: int, reason: str, notify_url: str
    ) -> Returned:
        """See Provider."""
        answer = self._call(
            self.client.refund,
            out_trade_no=number,
            out_refund_no=refund_no,
            amount={"refund": amount, "total": total, "currency": "CNY"},
            reason=reason[:80] or None,
            notify_url=notify_url or None,
        )
        return _returned(answer.get("status", ""), answer)

    def read_notice(self, headers: Mapping[str, str], body: bytes) -> Notice:
        """See Provider."""
        signed = {name: headers.get(name, "") for name in HEADERS}
        if signed["Wechatpay-Serial"] != self.key_id:
            raise NoticeRefused("signature", self._claimed_number(body))
        try:
            content = self.client.callback(signed, body)
        except Exception as error:
            # The SDK's own checks end in whatever its libraries raise.
            raise NoticeRefused("signature", self._claimed_number(body)) from error
        if not content:
            raise NoticeRefused("signature", self._claimed_number(body))
        resource = content["resource"]
        number = str(resource.get("out_trade_no", ""))
        if not _is_fresh(signed["Wechatpay-Timestamp"]):
            raise NoticeRefused("stale", number)
        ours = {"mchid": self.mch_id, "appid": self.app_id}
        if any(resource.get(name, own) != own for name, own in ours.items()):
            raise NoticeRefused("merchant", number)
        if resource.get("mchid") is None or not content.get("id"):
            raise NoticeRefused("form", number)
        return self._understood(content, resource, number)

    def _understood(self, content: dict, resource: dict, number: str) -> Notice:
        event, event_id = content.get("event_type", ""), str(content["id"])
        try:
            if event == "TRANSACTION.SUCCESS":
                return Notice(event_id, number, trade=_trade(resource))
            if event.startswith("REFUND."):
                returned = _returned(resource.get("refund_status", ""), resource)
                return Notice(
                    event_id, number, refund_no=resource["out_refund_no"], returned=returned
                )
        except (KeyError, ProviderError) as error:
            raise NoticeRefused("form", number) from error
        return Notice(event_id, number)

    def _claimed_number(self, body: bytes) -> str:
        """Which payment a false notification pretends to be about, if that can be read at all."""
        try:
            resource = json.loads(body)["resource"]
            text = aes_decrypt(
                nonce=resource["nonce"],
                ciphertext=resource["ciphertext"],
                associated_data=resource.get("associated_data", ""),
                apiv3_key=self.api_v3_key,
            )
            return str(json.loads(text)["out_trade_no"])[:64]
        except Exception:
            # Nothing in it can be relied upon, not even its form.
            return ""

    # Who the customer is to this app, which paying inside WeChat needs.

    def sign_in_address(self, return_url: str, state: str) -> str:
        """Where WeChat says who the customer is, without asking them anything; "" if it cannot."""
        if not self.app_secret:
            return ""
        query = {
            "appid": self.app_id,
            "redirect_uri": return_url,
            "response_type": "code",
            "scope": "snsapi_base",
            "state": state,
        }
        return f"{SIGN_IN}?{urlencode(query)}#wechat_redirect"

    def openid_of(self, code: str) -> str:
        """The customer's openid for a code that came back. Raises ProviderError without one."""
        query = {
            "appid": self.app_id,
            "secret": self.app_secret,
            "code": code,
            "grant_type": "authorization_code",
        }
        address = f"{self.gateway or API}/sns/oauth2/access_token"
        try:
            answer = requests.get(address, params=query, timeout=TIMEOUT).json()
            return str(answer["openid"])
        except (requests.RequestException, ValueError, KeyError, TypeError) as error:
            raise ProviderError("OPENID", "WeChat did not say who it is") from error

    def _call(self, function: Any, **values: Any) -> dict[str, Any]:
        try:
            status, text = function(**values)
        except Exception as error:
            # The SDK raises bare exceptions, also for an answer whose signature is false.
            raise ProviderError("UNREACHABLE", str(error)[:200]) from error
        try:
            answer = json.loads(text) if text else {}
        except ValueError as error:
            raise ProviderError("FORM", f"HTTP {status}") from error
        if 200 <= status < 300:
            return answer
        code = str(answer.get("code", status))
        passing = code in PASSING or status == 429 or status >= 500
        raise ProviderError(code, str(answer.get("message", ""))[:200], is_final=not passing)


def _trade(resource: dict[str, Any]) -> Trade:
    state = TRADES.get(resource.get("trade_state", ""))
    if state is None:
        raise ProviderError("FORM", "no state of the trade")
    if state != base.PAID:
        return Trade(state)
    try:
        amount = resource["amount"]
        paid_at = parse_datetime(resource["success_time"])
        if amount.get("currency", "CNY") != "CNY" or paid_at is None:
            raise ProviderError("FORM", "another currency, or no time")
        return Trade(
            state,
            str(resource["transaction_id"]),
            int(amount["total"]),
            paid_at,
            is_returned=resource["trade_state"] == "REFUND",
        )
    except (KeyError, ValueError, TypeError) as error:
        raise ProviderError("FORM", f"{error} in the trade") from error


def _returned(status: str, answer: dict[str, Any]) -> Returned:
    if status not in RETURNS:
        raise ProviderError("FORM", "no state of the refund")
    amount = answer.get("amount") or {}
    return Returned(RETURNS[status], int(amount.get("refund") or 0), status)


def _is_fresh(timestamp: str) -> bool:
    return timestamp.isdecimal() and abs(time.time() - int(timestamp)) <= NOTICE_SECONDS
