"""WeChat Pay, APIv3: https://pay.weixin.qq.com/doc/v3/merchant/4012791853"""

import base64
import json
import re
import secrets
import threading
import time
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qs, urlsplit

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from tests.payments.peer.keys import Keys, Pair
from tests.payments.peer.telling import post

APP_ID, MCH_ID, SERIAL = "wx0000000000000001", "1900000001", "SITE0001"
KEY_ID = "PUB_KEY_ID_0119000000012026"
SIGNED = re.compile(
    r'WECHATPAY2-SHA256-RSA2048 mchid="(.*?)",nonce_str="(.*?)",signature="(.*?)",'
    r'timestamp="(.*?)",serial_no="(.*?)"'
)


class WeChatPeer:
    """Trades and refunds by the site's own numbers."""

    def __init__(self, keys: Keys):
        self.keys = keys
        self.one_at_a_time = threading.Lock()
        self.reset()

    def reset(self) -> None:
        self.trades: dict[str, dict[str, Any]] = {}
        self.refunds: dict[str, dict[str, Any]] = {}
        self.asked: list[tuple[str, str]] = []
        # (status, code) to answer everything with; whether answers are signed by somebody else.
        self.trouble: tuple[int, str] | None = None
        self.lies = False
        self.refund_status = "SUCCESS"

    # What the customer and WeChat itself do

    def try_to_pay(self, number: str) -> bool:
        """Whether the customer could still pay; a trade is paid or closed, never both."""
        with self.one_at_a_time:
            if self.trades[number]["trade_state"] != "NOTPAY":
                return False
            self.pay(number)
        return True

    def pay(self, number: str, **bent: Any) -> dict[str, Any]:
        """The customer pays; `bent` replaces what the trade then says."""
        trade = self.trades[number]
        trade |= {
            "trade_state": "SUCCESS",
            "transaction_id": f"42000{secrets.randbelow(10**20):020d}",
            "success_time": datetime.now(UTC).isoformat(timespec="seconds"),
            **bent,
        }
        return trade

    def notice(
        self,
        resource: dict[str, Any],
        *,
        event: str = "TRANSACTION.SUCCESS",
        event_id: str = "",
        timestamp: int | None = None,
        signer: Pair | None = None,
        serial: str = KEY_ID,
        api_v3_key: str = "",
    ) -> tuple[dict[str, str], str]:
        """Headers and body of a notification; by default a good one."""
        nonce = secrets.token_hex(6)
        aes = AESGCM((api_v3_key or self.keys.api_v3_key).encode())
        sealed = aes.encrypt(nonce.encode(), json.dumps(resource).encode(), b"transaction")
        body = json.dumps(
            {
                "id": event_id or secrets.token_hex(16),
                "create_time": datetime.now(UTC).isoformat(timespec="seconds"),
                "resource_type": "encrypt-resource",
                "event_type": event,
                "summary": "支付成功",
                "resource": {
                    "original_type": "transaction",
                    "algorithm": "AEAD_AES_256_GCM",
                    "ciphertext": base64.b64encode(sealed).decode(),
                    "associated_data": "transaction",
                    "nonce": nonce,
                },
            }
        )
        stamp = int(time.time()) if timestamp is None else timestamp
        return self._signed(body, stamp, signer or self.keys.wechat, serial), body

    def paid_notice(self, number: str, **options: Any) -> tuple[dict[str, str], str]:
        """What WeChat sends when a trade was paid; `bent` replaces what it says of it."""
        bent = options.pop("bent", {})
        return self.notice(self.trades[number] | bent, **options)

    def tell(self, number: str) -> None:
        """Send what WeChat sends when a trade was paid to where the site asked for it."""
        headers, body = self.paid_notice(number)
        answer = post(
            self.trades[number]["notify_url"], headers | {"Content-Type": "application/json"}, body
        )
        assert json.loads(answer)["code"] == "SUCCESS"

    def refund_notice(
        self, number: str, refund_no: str, status: str = "SUCCESS", **options: Any
    ) -> tuple[dict[str, str], str]:
        """What WeChat sends when money was given back."""
        resource = {
            "mchid": MCH_ID,
            "out_trade_no": number,
            "transaction_id": self.trades[number].get("transaction_id", ""),
            "out_refund_no": refund_no,
            "refund_id": "50000000382019052709732678859",
            "refund_status": status,
            "success_time": datetime.now(UTC).isoformat(timespec="seconds"),
            "amount": {"total": 999, "refund": 999, "payer_total": 999, "payer_refund": 999},
        }
        return self.notice(resource, event=f"REFUND.{status}", **options)

    # The API

    def answer(self, method: str, path: str, headers: Any, body: str) -> tuple[int, dict, str]:
        parts = urlsplit(path)
        if parts.path == "/sns/oauth2/access_token":
            code = parse_qs(parts.query)["code"][0]
            return 200, {"Content-Type": "text/plain"}, json.dumps({"openid": f"o-{code}"})
        self.asked.append((method, parts.path))
        if not self._is_ours(method, path, headers.get("Authorization", ""), body):
            return self._reply(401, {"code": "SIGN_ERROR", "message": "签名错误"})
        if self.trouble:
            status, code = self.trouble
            return self._reply(status, {"code": code, "message": "…"})
        content = json.loads(body) if body else {}
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        status, answer = self._do(method, parts.path, content, query)
        return self._reply(status, answer)

    def _do(self, method: str, path: str, content: dict, query: dict) -> tuple[int, Any]:
        if found := re.fullmatch(r"/v3/pay/transactions/(jsapi|h5|native)", path):
            return self._open(found[1], content)
        if found := re.fullmatch(r"/v3/pay/transactions/out-trade-no/(\w+)", path):
            trade = self.trades.get(found[1])
            if trade is None or query.get("mchid") != MCH_ID:
                return 404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
            return 200, trade
        if found := re.fullmatch(r"/v3/pay/transactions/out-trade-no/(\w+)/close", path):
            return self._close(found[1])
        if method == "POST" and path == "/v3/refund/domestic/refunds":
            return self._refund(content)
        return 404, {"code": "NOT_FOUND", "message": path}

    def _open(self, way: str, content: dict) -> tuple[int, Any]:
        if (content["appid"], content["mchid"]) != (APP_ID, MCH_ID):
            return 400, {"code": "MCH_NOT_EXISTS", "message": "商户号不存在"}
        if way == "jsapi" and not content.get("payer", {}).get("openid"):
            return 400, {"code": "PARAM_ERROR", "message": "payer"}
        if way == "h5" and not content["scene_info"]["payer_client_ip"]:
            return 400, {"code": "PARAM_ERROR", "message": "scene_info"}
        number = content["out_trade_no"]
        earlier = self.trades.get(number)
        if earlier and earlier["trade_state"] != "NOTPAY":
            return 403, {"code": "OUT_TRADE_NO_USED", "message": "商户订单号重复"}
        self.trades[number] = {
            "appid": APP_ID,
            "mchid": MCH_ID,
            "out_trade_no": number,
            "trade_type": way.upper(),
            "trade_state": "NOTPAY",
            "amount": {"currency": "CNY", "payer_currency": "CNY", **content["amount"]},
            "notify_url": content["notify_url"],
            "time_expire": content["time_expire"],
        }
        return 200, {
            "jsapi": {"prepay_id": f"wx{number}"},
            "h5": {"h5_url": f"https://wx.tenpay.com/cgi-bin/mmpayweb-bin/checkmweb?{number}"},
            "native": {"code_url": f"weixin://wxpay/bizpayurl?pr={number}"},
        }[way]

    def _close(self, number: str) -> tuple[int, Any]:
        trade = self.trades.get(number)
        if trade is None:
            return 404, {"code": "ORDER_NOT_EXIST", "message": "订单不存在"}
        with self.one_at_a_time:
            if trade["trade_state"] == "SUCCESS":
                return 400, {"code": "ORDERPAID", "message": "订单已支付"}
            trade["trade_state"] = "CLOSED"
        return 204, None

    def _refund(self, content: dict) -> tuple[int, Any]:
        trade = self.trades.get(content["out_trade_no"])
        if trade is None or trade["trade_state"] not in ("SUCCESS", "REFUND"):
            return 404, {"code": "RESOURCE_NOT_EXISTS", "message": "订单不存在"}
        number, amount = content["out_refund_no"], content["amount"]
        if amount["total"] != trade["amount"]["total"]:
            return 400, {"code": "INVALID_REQUEST", "message": "订单金额不一致"}
        if number not in self.refunds:
            gone = sum(
                each["amount"]["refund"]
                for each in self.refunds.values()
                if each["out_trade_no"] == content["out_trade_no"]
            )
            if gone + amount["refund"] > amount["total"]:
                return 400, {"code": "INVALID_REQUEST", "message": "退款金额超限"}
            self.refunds[number] = {**content, "refund_id": secrets.token_hex(8)}
        return 200, self.refunds[number] | {"status": self.refund_status}

    def _is_ours(self, method: str, path: str, authorization: str, body: str) -> bool:
        found = SIGNED.fullmatch(authorization)
        if not found or (found[1], found[5]) != (MCH_ID, SERIAL):
            return False
        text = f"{method}\n{path}\n{found[4]}\n{found[2]}\n{body}\n"
        return self.keys.site.is_signed(text, found[3])

    def _reply(self, status: int, content: Any) -> tuple[int, dict, str]:
        body = "" if content is None else json.dumps(content, ensure_ascii=False)
        signer = self.keys.stranger if self.lies else self.keys.wechat
        headers = self._signed(body, int(time.time()), signer, KEY_ID)
        return status, headers | {"Content-Type": "application/json; charset=utf-8"}, body

    @staticmethod
    def _signed(body: str, stamp: int, signer: Pair, serial: str) -> dict[str, str]:
        nonce = secrets.token_hex(16)
        return {
            "Wechatpay-Timestamp": str(stamp),
            "Wechatpay-Nonce": nonce,
            "Wechatpay-Signature": signer.sign(f"{stamp}\n{nonce}\n{body}\n"),
            "Wechatpay-Signature-Type": "WECHATPAY2-SHA256-RSA2048",
            "Wechatpay-Serial": serial,
        }
