"""Positions in several channels at once, as one short text: what readers of a combined stream resume from.

For each channel, in the order of their primary keys, the difference to the previous key and the id of the last event,
as numbers of a variable length: five bits a character, the lowest first, and a sixth that says that more follow (as in
source maps, https://tc39.es/ecma426/#sec-base64-vlq). A channel takes about five characters, 500 channels 2,500.
"""

from __future__ import annotations

from collections.abc import Mapping

_DIGITS = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_"
_VALUES = {chr(digit): value for value, digit in enumerate(_DIGITS)}
_CHARACTERS = [_DIGITS[value : value + 1] for value in range(64)]
_MORE = 32

MAX_NUMBER = 2**31 - 1
MAX_POSITION_CHARACTERS = 6000


def encode_number(number: int) -> bytes:
    if number < _MORE:
        return _CHARACTERS[number]
    digits = b""
    while number >= _MORE:
        digits += _CHARACTERS[number & 31 | _MORE]
        number >>= 5
    return digits + _CHARACTERS[number]


def encode_position(ids: Mapping[int, int]) -> str:
    """Return the position after these ids, by the primary key of the channel."""
    parts, previous = [], 0
    for channel in sorted(ids):
        parts += [encode_number(channel - previous), encode_number(ids[channel])]
        previous = channel
    return b"".join(parts).decode("ascii")


def parse_position(text: str) -> dict[int, int]:
    """Return the ids by the primary key of their channel. ValueError if the text is no position."""
    numbers = _parse_numbers(text)
    if len(numbers) % 2:
        raise ValueError(text)
    ids, channel = {}, 0
    for difference, last_id in zip(numbers[::2], numbers[1::2], strict=True):
        channel += difference
        # Only the first difference could be 0 and add no channel; a channel has one id.
        if not difference or channel > MAX_NUMBER:
            raise ValueError(text)
        ids[channel] = last_id
    return ids


def _parse_numbers(text: str) -> list[int]:
    if len(text) > MAX_POSITION_CHARACTERS:
        raise ValueError(text)
    numbers, number, shift = [], 0, 0
    for character in text:
        value = _VALUES.get(character)
        if value is None:
            raise ValueError(text)
        number |= (value & 31) << shift
        shift += 5
        if number > MAX_NUMBER or shift > 35:
            raise ValueError(text)
        if not value & _MORE:
            numbers.append(number)
            number = shift = 0
    if shift:
        raise ValueError(text)
    return numbers
