"""Where providers tell of payments. Constant answers, in exactly the form that each expects."""

import json

from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from apps.accounts.adapter import client_ip
from apps.payments.models import PaymentNotice
from apps.payments.services.notices import take_notice

# Both providers' notifications are a few kilobytes.
MAX_BYTES = 64 * 1024
WECHAT_TAKEN = json.dumps({"code": "SUCCESS", "message": "成功"}, ensure_ascii=False)
WECHAT_REFUSED = json.dumps({"code": "FAIL", "message": "失败"}, ensure_ascii=False)
ALIPAY_TAKEN, ALIPAY_REFUSED = "success", "fail"


@csrf_exempt
@require_POST
@never_cache
def wechat(request: HttpRequest) -> HttpResponse:
    """WeChat sends again whatever is not answered with 200 and SUCCESS."""
    status = _take(request, "wechat")
    text = WECHAT_TAKEN if status == 200 else WECHAT_REFUSED
    return HttpResponse(text, status=status, content_type="application/json; charset=utf-8")


@csrf_exempt
@require_POST
@never_cache
def alipay(request: HttpRequest) -> HttpResponse:
    """Alipay sends again whatever is not answered with the seven letters “success”."""
    status = _take(request, "alipay")
    text = ALIPAY_TAKEN if status == 200 else ALIPAY_REFUSED
    return HttpResponse(text, status=status, content_type="text/plain; charset=utf-8")


def _take(request: HttpRequest, provider: str) -> int:
    """The status of the answer: 200 taken, 401 refused, 413 too large to look at."""
    length = request.headers.get("Content-Length", "")
    if not length.isdecimal() or int(length) > MAX_BYTES:
        return 413
    body = request.read(MAX_BYTES)
    try:
        verdict = take_notice(
            provider=provider,
            headers=request.headers,
            body=body,
            sender=client_ip(request) or "",
        )
    except LookupError as error:
        raise Http404 from error
    return 401 if verdict == PaymentNotice.Verdict.REFUSED else 200
