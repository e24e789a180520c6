"""Posters as pictures: type, shapes and templates. Nothing here reads the database."""

from apps.promotion.drawing.sheets import HEIGHT, WIDTH, Sheet
from apps.promotion.drawing.templates import TEMPLATES, draw_poster

__all__ = ["HEIGHT", "TEMPLATES", "WIDTH", "Sheet", "draw_poster"]
