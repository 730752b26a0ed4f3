"""The graph of who answers whom as SVG: people in a circle, and a line from each to those whom they answer."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence

from django.utils.http import urlencode
from markupsafe import Markup, escape

from logs.conversations.answer_statistics import AnsweringPair
from logs.text.irc_formatting import strip_formatting

SIZE = 742
CENTRE = SIZE / 2
RADIUS = 245
MAX_WIDTH = 9.0
MIN_WIDTH = 0.8
MAX_LABEL_CHARACTERS = 16


def draw_answers(pairs: Sequence[AnsweringPair], search_url: str) -> Markup:
    """Draw the pairs, whose most frequent comes first; nicks lead to a search for their lines.

    A line is bent to the right as seen from the person who answers, so that two who answer each other have two lines.
    """
    if not pairs:
        return Markup()
    activity: Counter[str] = Counter()
    for pair in pairs:
        activity.update({pair.nick: pair.times})
        activity.update({pair.answered: pair.times})
    people = [nick for nick, _ in activity.most_common()]
    angles = {nick: 2 * math.pi * number / len(people) - math.pi / 2 for number, nick in enumerate(people)}
    # The thinnest lines are drawn first and end under the others.
    parts = [_line(pair, angles, pairs[0].times) for pair in reversed(pairs)]
    parts += [_person(nick, angles[nick], activity[nick], search_url) for nick in people]
    return Markup("\n".join(parts))  # noqa: S704  (numbers, and texts that are escaped)


def _point(angle: float, radius: float) -> tuple[float, float]:
    return CENTRE + radius * math.cos(angle), CENTRE + radius * math.sin(angle)


def _line(pair: AnsweringPair, angles: dict[str, float], max_count: int) -> str:
    x1, y1 = _point(angles[pair.nick], RADIUS)
    x2, y2 = _point(angles[pair.answered], RADIUS)
    # Bent towards the centre, and to one side of the straight line between the two.
    bend_x = CENTRE + 0.35 * ((x1 + x2) / 2 - CENTRE) + 0.08 * (y2 - y1)
    bend_y = CENTRE + 0.35 * ((y1 + y2) / 2 - CENTRE) - 0.08 * (x2 - x1)
    width = max(MIN_WIDTH, MAX_WIDTH * math.sqrt(pair.times / max_count))
    times = f"{pair.times:,} time{'s' if pair.times != 1 else ''}"
    words = f"{_plain(pair.nick)} answered {_plain(pair.answered)} {times}"
    return (
        f'<path class="answer-line" d="M{x1:.1f} {y1:.1f}Q{bend_x:.1f} {bend_y:.1f} {x2:.1f} {y2:.1f}"'
        f' stroke-width="{width:.1f}"><title>{words}</title></path>'
    )


def _person(nick: str, angle: float, times: int, search_url: str) -> str:
    x, y = _point(angle, RADIUS)
    label_x, label_y = _point(angle, RADIUS + 14)
    # Labels stand along the radius; those on the left are turned round to be readable.
    degrees = math.degrees(angle)
    is_left = math.cos(angle) < -1e-9
    anchor, turn = ("end", degrees + 180) if is_left else ("start", degrees)
    address = escape(f"{search_url}?{urlencode({'q': f'nick:{nick}'})}")
    size = 3 + 5 * min(1.0, math.sqrt(times / 500))
    return (
        f'<a href="{address}"><circle class="answer-person" cx="{x:.1f}" cy="{y:.1f}" r="{size:.1f}"/>'
        f'<text x="{label_x:.1f}" y="{label_y:.1f}" text-anchor="{anchor}" dominant-baseline="middle"'
        f' transform="rotate({turn:.1f} {label_x:.1f} {label_y:.1f})">{_plain(nick, MAX_LABEL_CHARACTERS)}</text>'
        f"<title>{_plain(nick)}</title></a>"
    )


def _plain(nick: str, limit: int = 200) -> str:
    text = strip_formatting(nick)
    return str(escape(text if len(text) <= limit else f"{text[: limit - 1]}…"))
