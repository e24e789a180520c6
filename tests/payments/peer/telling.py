"""How a provider tells the site: an ordinary request to the address it was given."""

from urllib.request import Request, urlopen


def post(address: str, headers: dict[str, str], body: str) -> str:
    """The site's answer; an HTTPError for anything but a good one."""
    with urlopen(Request(address, body.encode(), headers), timeout=30) as answer:
        return answer.read().decode()
