"""A made archive of Japanese: no person said a line of it. Words of a list are drawn as often as their rank allows.

It has what real text has for a search: runs without blanks in which words touch, some words in most lines and many in
few, and parts that cross the borders of words. Real archives have more different words.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import accumulate
from pathlib import Path
from random import Random

CHANNEL = "made-japanese"
START = datetime(2023, 1, 1, tzinfo=UTC)
LINES_PER_DAY = 500
NICKS = [f"made{number}" for number in range(40)]
ENDINGS = ["です", "ます", "でした", "ました", "かな", "よ", "ね", "と思う", "ください", "ない"]
PARTICLES = ["は", "が", "を", "に", "で", "と", "も", "の", "から", "まで"]

_FIRST = (
    "日本東京大学生活時間電車会社仕事問題世界言語計算機械学習検索文字列変数関数型名前空間配列構造体番号設定接続通信"
)
_KATAKANA = "アイウエオカキクケコサシスセソタチツテトナニヌネノハヒフヘホマミムメモヤユヨラリルレロワン"


def words(number: int, random: Random) -> list[str]:
    """Words of two to four characters: pairs of Han, and longer ones of Katakana."""
    found: dict[str, None] = {}
    while len(found) < number:
        if random.random() < 0.7:
            found["".join(random.choices(_FIRST, k=random.choice([2, 2, 2, 3, 4])))] = None
        else:
            found["".join(random.choices(_KATAKANA, k=random.choice([3, 4, 5])))] = None
    return list(found)


def texts(lines: int, seed: int = 11, vocabulary: int = 20_000) -> Iterator[str]:
    """The texts of a number of lines, the same each time."""
    random = Random(seed)
    listed = words(vocabulary, random)
    weights = list(accumulate(1 / rank for rank in range(1, vocabulary + 1)))
    for _ in range(lines):
        drawn = random.choices(listed, cum_weights=weights, k=random.randint(2, 9))
        yield "".join(f"{word}{random.choice(PARTICLES)}" for word in drawn[:-1]) + drawn[-1] + random.choice(ENDINGS)


def write(folder: Path, lines: int, seed: int = 11) -> Path:
    """Writes the archive as the logs that `bench.archive` reads: `<channel>/<year>/<day>`."""
    random = Random(seed)
    messages = texts(lines, seed)
    channel = folder / CHANNEL
    for number in range(-(-lines // LINES_PER_DAY)):
        day = START + timedelta(days=number)
        path = channel / f"{day:%Y}" / f"{day:%Y-%m-%d}"
        path.parent.mkdir(parents=True, exist_ok=True)
        today = min(LINES_PER_DAY, lines - number * LINES_PER_DAY)
        clocks = (f"{minute // 60:02}:{minute % 60:02}" for minute in sorted(random.choices(range(1440), k=today)))
        path.write_text("".join(f"[{clock}] <{random.choice(NICKS)}> {next(messages)}\n" for clock in clocks), "utf-8")
    return channel
