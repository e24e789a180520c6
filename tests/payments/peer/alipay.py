"""Alipay's gateway: https://opendocs.alipay.com/open/028r8t"""

import json
import secrets
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit
from zoneinfo import ZoneInfo

from tests.payments.peer.keys import Keys, Pair
from tests.payments.peer.telling import post

APP_ID, SELLER_ID = "2021000000000001", "2088000000000001"
PAGES = ("alipay.trade.wap.pay", "alipay.trade.page.pay")
FORM = {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
BEIJING = ZoneInfo("Asia/Shanghai")


def beijing(ago: timedelta = timedelta()) -> str:
    """A moment as Alipay writes it."""
    return (datetime.now(BEIJING) - ago).strftime("%Y-%m-%d %H:%M:%S")


def signed_text(values: dict[str, str]) -> str:
    """What is signed: names in order, without the signature itself."""
    kept = sorted((name, value) for name, value in values.items() if name != "sign")
    return "&".join(f"{name}={value}" for name, value in kept)


class AlipayPeer:
    """Trades and refunds by the site's own numbers."""

    def __init__(self, keys: Keys):
        self.keys = keys
        self.reset()

    def reset(self) -> None:
        self.trades: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.asked: list[str] = []
        self.trouble: tuple[str, str] | None = None
        self.lies = False
        # What the signed address said of each trade: where to tell of it, where to go back to.
        self.opened: dict[str, dict[str, str]] = {}

    # What the customer and Alipay itself do

    def open(self, link: str) -> dict[str, Any]:
        """The customer opens the signed address: only now is there a trade."""
        values = self._checked(dict(parse_qsl(urlsplit(link).query)))
        assert values["method"] in PAGES
        content = json.loads(values["biz_content"])
        trade = {
            "out_trade_no": content["out_trade_no"],
            "trade_no": f"{datetime.now(BEIJING):%Y%m%d}{secrets.randbelow(10**20):020d}",
            "total_amount": content["total_amount"],
            "trade_status": "WAIT_BUYER_PAY",
        }
        self.trades[content["out_trade_no"]] = trade
        self.opened[content["out_trade_no"]] = values
        return values

    def pay(self, number: str, **bent: Any) -> dict[str, Any]:
        """The customer pays."""
        trade = self.trades[number]
        trade |= {"trade_status": "TRADE_SUCCESS", "send_pay_date": beijing(), **bent}
        return trade

    def notice(self, number: str, *, signer: Pair | None = None, **bent: str | None) -> str:
        """The body of a notification; `bent` replaces what it says, None leaves it out."""
        trade = self.trades[number]
        values = {
            "notify_time": beijing(),
            "notify_type": "trade_status_sync",
            "notify_id": secrets.token_hex(17),
            "app_id": APP_ID,
            "seller_id": SELLER_ID,
            "charset": "utf-8",
            "version": "1.0",
            "out_trade_no": number,
            "trade_no": trade["trade_no"],
            "trade_status": trade["trade_status"],
            "total_amount": trade["total_amount"],
            "gmt_payment": trade.get("send_pay_date", beijing()),
            "subject": "订单",
        } | bent
        values = {name: value for name, value in values.items() if value is not None}
        sign = (signer or self.keys.alipay).sign(signed_text(values))
        return urlencode(values | {"sign_type": "RSA2", "sign": sign})

    # What the customer's browser sees

    def cashier(self, path: str) -> tuple[int, dict, str]:
        """The page behind a signed address: one button, which pays."""
        number = json.loads(self.open(path)["biz_content"])["out_trade_no"]
        page = (
            '<!doctype html><link rel="icon" href="data:,">'
            f'<form method="post" action="/cashier.do?{number}"><button>确认付款</button></form>'
        )
        return 200, {"Content-Type": "text/html; charset=utf-8"}, page

    def press(self, number: str) -> tuple[int, dict, str]:
        """The button was pressed: Alipay tells the site, and sends the customer back."""
        self.pay(number)
        opened = self.opened[number]
        assert post(opened["notify_url"], FORM, self.notice(number)) == "success"
        return 302, {"Location": f"{opened['return_url']}?out_trade_no={number}"}, ""

    # The gateway

    def answer(self, method: str, path: str, headers: Any, body: str) -> tuple[int, dict, str]:
        parts = urlsplit(path)
        if parts.path == "/cashier.do":
            return self.press(parts.query)
        values = self._checked(dict(parse_qsl(parts.query)))
        api = values["method"]
        if api in PAGES:
            return self.cashier(path)
        self.asked.append(api)
        name = api.replace(".", "_") + "_response"
        content = json.loads(values["biz_content"])
        if self.trouble:
            code, sub_code = self.trouble
            answer = {"code": code, "msg": "…", "sub_code": sub_code, "sub_msg": "…"}
        else:
            answer = self._do(api, content)
        text = json.dumps(answer, ensure_ascii=False, separators=(",", ":"))
        sign = (self.keys.stranger if self.lies else self.keys.alipay).sign(text)
        whole = f'{{"{name}":{text},"sign":"{sign}"}}'
        return 200, {"Content-Type": "text/html;charset=utf-8"}, whole

    def _do(self, api: str, content: dict[str, str]) -> dict[str, Any]:
        trade = self.trades.get(content["out_trade_no"])
        if trade is None:
            return {
                "code": "40004",
                "msg": "Business Failed",
                "sub_code": "ACQ.TRADE_NOT_EXIST",
                "sub_msg": "交易不存在",
            }
        good = {"code": "10000", "msg": "Success"}
        if api == "alipay.trade.query":
            return good | trade
        if api == "alipay.trade.close":
            if trade["trade_status"] != "WAIT_BUYER_PAY":
                return {"code": "40004", "msg": "…", "sub_code": "ACQ.TRADE_STATUS_ERROR"}
            trade["trade_status"] = "TRADE_CLOSED"
            return good
        if api == "alipay.trade.refund":
            number = content["out_request_no"]
            is_new = number not in self.refunds
            self.refunds.setdefault(number, content)
            return good | {"fund_change": "Y" if is_new else "N"}
        found = self.refunds.get(content["out_request_no"])
        return good | ({"refund_status": "REFUND_SUCCESS"} if found else {})

    def _checked(self, values: dict[str, str]) -> dict[str, str]:
        assert values["app_id"] == APP_ID and values["sign_type"] == "RSA2"
        assert self.keys.site.is_signed(signed_text(values), values["sign"])
        sent = datetime.strptime(values["timestamp"], "%Y-%m-%d %H:%M:%S").replace(tzinfo=BEIJING)
        assert abs(datetime.now(BEIJING) - sent) < timedelta(minutes=15)
        return values
