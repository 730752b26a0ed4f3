"""The 2,000 most common English words: what everybody says all the time is no news.

The list beside this module was made with wordfreq 3 (`top_n_list("en", ...)`, words of letters only), whose data is by
Robyn Speer under CC BY-SA 4.0, <https://github.com/rspeer/wordfreq>.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path


@cache
def common_words() -> frozenset[str]:
    """Return the words, in lower case."""
    return frozenset(Path(__file__).with_name("common_words.txt").read_text(encoding="utf-8").split())
