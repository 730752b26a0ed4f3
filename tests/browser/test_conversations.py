"""Following one conversation among the lines of a page, with mouse and keyboard."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from playwright.sync_api import Page, expect

from logs.conversations.reply_store import Reply, write_replies
from logs.models import Channel, Line
from tests.conftest import Say
from tests.processes import Site


def test_one_conversation_stands_out_among_others(
    site: Site, page: Page, channel: Channel, say: Say, yesterday: datetime
) -> None:
    ids = [
        say(channel, nick, text, at=yesterday).id
        for nick, text in [
            ("ann", "question one"),
            ("bob", "question two"),
            ("carl", "answer one"),
            ("dora", "answer two"),
            ("ann", "thanks"),
        ]
    ]
    one, two = [ids[0], ids[2], ids[4]], [ids[1], ids[3]]
    with transaction.atomic():
        write_replies({channel.pk: {ids[2]: Reply(ids[0], 90), ids[4]: Reply(ids[2], 90), ids[3]: Reply(ids[1], 60)}})
    page.goto(f"{site.url}/testnet/garden/{yesterday:%Y-%m-%d}/")
    shown = page.locator(".in-conversation")

    # A click on the words of a line, or c where it has the focus.
    page.locator(f"#l{two[0]} .text").click()
    expect(shown).to_have_count(2)
    expect(page.get_by_role("status")).to_contain_text("2 lines by 2 people")
    page.get_by_role("button", name="Show all lines").click()
    expect(shown).to_have_count(0)

    page.locator(f"#l{one[1]} a.time").focus()
    page.keyboard.press("c")
    expect(shown).to_have_count(3)
    page.keyboard.press("]")
    expect(page.locator(f"#l{one[2]} a.time")).to_be_focused()
    page.keyboard.press("[")
    page.keyboard.press("[")
    expect(page.locator(f"#l{one[0]} a.time")).to_be_focused()
    page.keyboard.press("Escape")
    expect(shown).to_have_count(0)

    # Resting on a line shows its conversation until the pointer leaves.
    page.locator(f"#l{one[0]} .text").hover()
    expect(shown).to_have_count(3)
    page.locator("h1").hover()
    expect(shown).to_have_count(0)

    # The actions of the line that the pointer passes on its way change nothing of what is followed.
    page.locator(f"#l{one[2]} .text").click()
    expect(page.locator(f"#l{one[2]} .line-actions")).to_be_visible()
    page.get_by_role("link", name="Open conversation").click()
    expect(page).to_have_url(f"{site.url}/testnet/garden/conversation/{one[2]}/")
    expect(page.locator("#lines > .line")).to_have_count(3)
    page.get_by_text("1 line between").first.click()
    expect(page.locator(f"#l{two[0]}")).to_be_visible()
    assert Line.objects.filter(channel=channel).count() == 5
