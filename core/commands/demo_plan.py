"""Floor plans of the demonstration: where each unit lies, and a picture of walls, corridor and stairs under it."""

from __future__ import annotations

import io
from collections.abc import Sequence

from PIL import Image, ImageDraw

from core.data.models import Space, SpaceKind

Place = tuple[int, int, int, int]  # x, y, width, height in ten-thousandths of the plan
LEFT, RIGHT, GRID = 400, 9_600, 100
TOP, BOTTOM, DEPTH = 500, 6_700, 2_800  # the two rows of rooms; between them the corridor and the desks
DESKS_TOP, DESK_HEIGHT, DESKS_A_ROW = 3_900, 500, 24
SIZE = (1_600, 900)


def laid_out(spaces: Sequence[Space]) -> list[tuple[Space, Place]]:
    """Rooms in two rows along a corridor, each as wide as its share of the area; desks in rows between them."""
    ordered = sorted(spaces, key=lambda space: space.code)
    desks = [space for space in ordered if space.kind is SpaceKind.DESK]
    rooms = [space for space in ordered if space.kind is not SpaceKind.DESK]
    half = -(-len(rooms) // 2)
    placed = [*_row(rooms[:half], TOP), *_row(rooms[half:], BOTTOM)]
    width = (RIGHT - LEFT) // DESKS_A_ROW // GRID * GRID
    for number, desk in enumerate(desks):
        row, column = divmod(number, DESKS_A_ROW)
        placed.append((desk, (LEFT + column * width, DESKS_TOP + row * 800, width - GRID, DESK_HEIGHT)))
    return placed


def _row(rooms: Sequence[Space], y: int) -> list[tuple[Space, Place]]:
    total, x, placed = sum(room.area_cm2 for room in rooms), LEFT, []
    for number, room in enumerate(rooms, 1):
        share = (RIGHT - LEFT) * room.area_cm2 // total // GRID * GRID
        width = RIGHT - x if number == len(rooms) else max(share, 2 * GRID)
        placed.append((room, (x, y, width, DEPTH)))
        x += width
    return placed


def draw(places: Sequence[Place]) -> tuple[bytes, int, int]:
    """A PNG of the floor without names, and its width and height in pixels."""
    width, height = SIZE
    image = Image.new("RGB", SIZE, "#fdfcf9")
    pen = ImageDraw.Draw(image)

    def at(x: int, y: int) -> tuple[int, int]:
        return x * width // 10_000, y * height // 10_000

    wall, thin = "#4b4a46", "#b9b4a8"
    pen.rectangle((at(300, 350), at(9_700, 9_650)), outline=wall, width=9)
    pen.rectangle((at(LEFT, 3_350), at(RIGHT, 6_650)), fill="#f4f1ea")
    for x, y, w, h in places:
        pen.rectangle((at(x, y), at(x + w, y + h)), outline=wall, width=4)
        door = at(x + w // 2, y + h if y < 5_000 else y)
        pen.line((door[0] - 14, door[1], door[0] + 14, door[1]), fill="#fdfcf9", width=6)
        pen.arc((door[0] - 28, door[1] - 28, door[0] + 28, door[1] + 28), 0, 90, fill=thin, width=2)
    for x in range(4_500, 5_500, 100):  # stairs, with a lift on each side
        pen.line((at(x, 4_300), at(x, 5_700)), fill=thin, width=3)
    for x in (3_900, 5_600):
        pen.rectangle((at(x, 4_300), at(x + 450, 5_700)), outline=wall, width=3)
        pen.line((at(x, 4_300), at(x + 450, 5_700)), fill=thin, width=2)
        pen.line((at(x + 450, 4_300), at(x, 5_700)), fill=thin, width=2)
    body = io.BytesIO()
    image.save(body, "PNG", optimize=True)
    return body.getvalue(), width, height
