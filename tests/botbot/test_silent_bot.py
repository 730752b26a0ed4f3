"""The web notices that the bot does not run."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

from django.utils import timezone

from logs.models import BotStatus, Network, OwnerNotice
from logs.models.bot_status import State
from tests.processes import Site, wait_for
from tests.smtp import MailServer


def test_one_of_several_web_processes_sends_the_mail(
    process_env: dict[str, str], tmp_path: Path, network: Network
) -> None:
    Network.objects.filter(pk=network.pk).update(host="irc.example.org", wanted=True)
    at = timezone.now() - timedelta(hours=1)
    BotStatus.objects.create(network=network, state=State.CONNECTED, since=at, updated_at=at)
    with MailServer() as mail_server:
        environment = {"EMAIL_URL": mail_server.url, "ADMINS": "root@example.org", "WEB_PROCESSES": "2"}
        with Site(tmp_path, process_env | environment) as site:
            wait_for(lambda: mail_server.mails, 30, "the mail is sent")
            wait_for(lambda: site.output().count("Booting worker") == 2, 10)
        assert mail_server.next_message()["Subject"] == "[BotBot] the bot does not run"
    assert OwnerNotice.objects.get().mailed_at
    assert "Traceback" not in site.output()
