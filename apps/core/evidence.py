"""Traces that prove something later without giving anybody away: keyed hashes, coarse devices."""

from django.conf import settings
from django.utils.crypto import salted_hmac

# The first that the browser's own words contain; WeChat also calls itself Safari or Chrome.
APPLICATIONS = (
    ("MicroMessenger", "WeChat"),
    ("AlipayClient", "Alipay"),
    ("Edg", "Edge"),
    ("Firefox", "Firefox"),
    ("Chrome", "Chrome"),
    ("Safari", "Safari"),
)
SYSTEMS = (
    ("HarmonyOS", "HarmonyOS"),
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("Macintosh", "macOS"),
    ("Linux", "Linux"),
)


def keyed_hash(purpose: str, value: str) -> str:
    """64 hex digits that equal values share within `purpose`; not to be made without SALT_KEY.

    Not of SECRET_KEY, which may be changed: what is stored must be found again.
    """
    return salted_hmac(purpose, value, secret=settings.SALT_KEY, algorithm="sha256").hexdigest()


def device_name(user_agent: str) -> str:
    """“WeChat, iPhone”: application and system, no version, nothing that singles a device out."""
    found = [
        next((name for mark, name in names if mark in user_agent), "")
        for names in (APPLICATIONS, SYSTEMS)
    ]
    return ", ".join(filter(None, found))
