"""How long one poster takes: each look drawn and written as JPEG, ten times, the median shown.

.venv/bin/python scripts/poster_times.py
"""

import os
import statistics
import sys
import time
from io import BytesIO
from pathlib import Path

import django
from PIL import Image

sys.path.insert(0, str(Path(__file__).resolve().parent.parent))
os.environ.setdefault("DJANGO_SETTINGS_MODULE", "distribution_site.settings_test")
django.setup()
# Only a Django that is set up can import these.

from apps.promotion.drawing import TEMPLATES, Sheet, draw_poster  # noqa: E402
from apps.promotion.qr import qr_matrix  # noqa: E402

TIMES = 10
PICTURE = Image.effect_noise((1200, 900), 80).convert("RGB")


def seconds(template: str) -> float:
    """One poster from nothing but its words and pictures."""
    start = time.perf_counter()
    sheet = Sheet(
        merchant="云岭茶业",
        person="王𠮷芳",
        title="云南宫廷熟普洱茶饼，二〇一八年陈（礼盒装）：送长辈首选，温润回甘",
        slogan="一片好茶，慢慢喝给时间听",
        hint="长按识别二维码",
        price="¥1,288.00",
        matrix=qr_matrix("https://shop.example.com/r/abcdefghjk"),
        picture=PICTURE,
        background=PICTURE,
    )
    draw_poster(template, sheet).save(BytesIO(), "JPEG", quality=88, optimize=True)
    return time.perf_counter() - start


if __name__ == "__main__":
    start = time.perf_counter()
    seconds("plain")
    print(f"first   {1000 * (time.perf_counter() - start):6.0f} ms, fonts being read")
    for name in TEMPLATES:
        times = [seconds(name) for _time in range(TIMES)]
        print(f"{name:8}{1000 * statistics.median(times):6.0f} ms")
