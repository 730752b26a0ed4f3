"""A form field for a channel by its name, with suggestions: people do not know the ids of the database."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString

from logs.models import Channel
from logs.text.names import fold

MAX_SUGGESTIONS = 1000


class ChannelNameInput(forms.TextInput):
    """A text field with a list of the site's channels, as `network/#channel`."""

    def __init__(self) -> None:
        super().__init__(attrs={"autocomplete": "off", "size": 40})

    def render(self, name: str, value: Any, attrs: dict[str, Any] | None = None, renderer: Any = None) -> SafeString:
        list_id = f"channels-for-{name}"
        field = super().render(name, value, {**(attrs or {}), "list": list_id}, renderer)
        channels = Channel.objects.select_related("network").order_by("network__name", "folded")[:MAX_SUGGESTIONS]
        options = format_html_join("", '<option value="{}"></option>', ((full_name(channel),) for channel in channels))
        return format_html('{}<datalist id="{}">{}</datalist>', field, list_id, options)


class ChannelNameField(forms.CharField):
    """Cleans to a channel, or to None if it is empty and not required.

    It takes `network/#channel`, a name alone that only one network has, and the id that former forms sent.
    """

    def __init__(self, **options: Any) -> None:
        help_text = "As network/#channel, for example libera/#python."
        super().__init__(max_length=300, widget=ChannelNameInput(), **{"help_text": help_text} | options)

    def clean(self, value: Any) -> Channel | None:
        text = super().clean(value)
        if not text:
            return None
        channels = Channel.objects.select_related("network")
        if text.isascii() and text.isdigit() and len(text) < 10:
            found = list(channels.filter(pk=int(text)))
        else:
            found = _find(text)
        if len(found) > 1:
            names = ", ".join(full_name(channel) for channel in found[:5])
            raise forms.ValidationError(f"Several networks have {text}: write one of {names}.")
        if not found:
            raise forms.ValidationError(f"There is no channel {text}.")
        return found[0]

    def prepare_value(self, value: Any) -> Any:
        """Show the name of a channel that the row has, by its id."""
        if isinstance(value, int):
            channel = Channel.objects.select_related("network").filter(pk=value).first()
            return full_name(channel) if channel else ""
        return value


def full_name(channel: Channel) -> str:
    return f"{channel.network.name}/{channel.name}"


def _find(text: str) -> list[Channel]:
    """Return the channels that a name may mean, compared as the server of each network compares names."""
    network, slash, rest = text.partition("/")
    channels = Channel.objects.select_related("network")
    # Channels may contain a slash themselves: what stands before it is a network only if there is one of that name.
    if slash and (of_network := channels.filter(network__name__iexact=network)):
        candidates = of_network
        name = rest
    else:
        candidates, name = channels, text
    names = {name, f"#{name}"}
    mappings = set(candidates.values_list("network__casemapping", flat=True))
    folded = {fold(each, mapping) for each in names for mapping in mappings}
    found = [
        channel
        for channel in candidates.filter(folded__in=folded)
        if channel.folded in {fold(each, channel.network.casemapping) for each in names}
    ]
    exact = [channel for channel in found if channel.folded == fold(name, channel.network.casemapping)]
    return exact or found
