"""Plugins: the example of the documentation, and what the bot does with those that fail."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from logs.models import Channel, OptOut
from logs.models.channel_choices import ReplyMode
from tests.bot.conftest import wait_until_stored
from tests.bot.server import Connection, Server
from tests.processes import ROOT, Bot, wait_for

Join = Callable[[], Connection]
ANN = ":ann!a@example.org"


class Packages:
    """A folder of installed packages in addition to the bot's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def install(self, name: str, source: str, plugin: str = "Plugin") -> None:
        module = name.replace("-", "_")
        (self.folder / f"{module}.py").write_text(source, encoding="utf-8")
        info = self.folder / f"{module}-1.0.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n")
        (info / "entry_points.txt").write_text(f"[botbot.plugins]\n{name} = {module}:{plugin}\n")


@pytest.fixture
def packages(tmp_path: Path) -> Packages:
    folder = tmp_path / "packages"
    folder.mkdir()
    return Packages(folder)


@pytest.fixture
def bot(process_env: dict[str, str], tmp_path: Path, packages: Packages) -> Iterator[Bot]:
    """A bot that is not started yet, so that packages can be installed."""
    bot = Bot(tmp_path, process_env | {"PYTHONPATH": str(packages.folder)})
    try:
        yield bot
    finally:
        bot.stop()
        print(bot.output())


@pytest.fixture
def join(garden: Channel, server: Server, bot: Bot) -> Callable[[], Connection]:
    """Start the bot; return its connection when it is in the channel."""

    def join() -> Connection:
        Channel.objects.filter(pk=garden.pk).update(answers=ReplyMode.CHANNEL)
        bot.start()
        connection = server.accept(30)
        connection.register()
        connection.let_join("botbot", "@ann", "+bob")
        return connection

    return join


def ask(connection: Connection, words: str) -> str:
    connection.send(f"{ANN} PRIVMSG #garden :{words}")
    return connection.expect("NOTICE ")


def documented() -> tuple[str, str]:
    """Return entry point and source of the documented example."""
    text = (ROOT / "docs" / "plugins.md").read_text(encoding="utf-8")
    (project,) = re.findall(r"```toml\n(.*?)```", text, re.DOTALL)
    (source,) = re.findall(r"```python\n(.*?)```", text, re.DOTALL)
    return tomllib.loads(project)["project"]["entry-points"]["botbot.plugins"]["tally"], source


@pytest.mark.usefixtures("started_as_in_production")
def test_the_documented_example_works(join: Join, packages: Packages, bot: Bot) -> None:
    entry, source = documented()
    assert entry == "botbot_tally:Tally"
    packages.install("botbot-tally", source, "Tally")
    connection = join()
    assert "tally" in ask(connection, "botbot: help")
    connection.expect("NOTICE ")
    assert ask(connection, "botbot: help tally").endswith("since I started")
    connection.send(*(f":n{number}!n@example.org PRIVMSG #garden :tea" for number in range(100)))
    assert connection.expect("NOTICE ") == "NOTICE #garden :“tea” for the 100th time!"
    # The question is heard, too.
    assert ask(connection, "botbot: tally tea") == "NOTICE #garden :“tea” was said 101 times."
    assert "plugin botbot-tally (botbot_tally:Tally)" in bot.output()


def test_the_documented_example_implements_the_interface(packages: Packages) -> None:
    namespace: dict[str, object] = {}
    exec(documented()[1], namespace)  # noqa: S102  (our own documentation)
    from bot.commands.base import Command, Listener

    tally = namespace["Tally"]()  # type: ignore[operator]
    assert isinstance(tally, Command)
    assert isinstance(tally, Listener)


LISTENER = """
class Plugin:
    def heard(self, line):
        with open({path!r}, "a") as heard:
            print(line.kind, line.nick, line.text, line.account, line.target, sep="|", file=heard)
"""


def test_a_listener_gets_recorded_lines_only(garden: Channel, join: Join, packages: Packages, tmp_path: Path) -> None:
    lines_path = tmp_path / "heard"
    packages.install("ear", LISTENER.format(path=str(lines_path)))
    OptOut.objects.create(network=garden.network, nick="eve")
    connection = join()
    connection.send(
        f"@account=ann {ANN} PRIVMSG #garden :hello",
        f"{ANN} PRIVMSG #garden :[off] between us",
        f"{ANN} PRIVMSG #garden :\x02!-\x02 between us",
        ":eve!e@example.org PRIVMSG #garden :between us",
        f"{ANN} PRIVMSG botbot :between us",
        ":botbot!b@example.org PRIVMSG #garden :an echo",
        "BATCH +1 chathistory #garden",
        f"@batch=1 {ANN} PRIVMSG #garden :between us, long ago",
        "BATCH -1",
        f"{ANN} PRIVMSG #garden :\x01ACTION waves\x01",
        f"{ANN} KICK #garden bob :enough",
        f"{ANN} NICK anna",
    )
    wait_for(lambda: lines_path.exists() and "NICK" in lines_path.read_text().upper(), 10)
    assert lines_path.read_text().splitlines() == [
        "message|ann|hello|ann|",
        "action|ann|waves||",
        "kick|ann|enough||bob",
        "nick|ann|||anna",
    ]


FAILING = {
    "raises": "raise RuntimeError('broken')",
    "exits": "import sys; sys.exit(3)",
    "hangs": "import time; time.sleep(60)",
    "lies": "return 42",
    "interrupts": "raise KeyboardInterrupt",
}
PLUGIN = """
class Plugin:
    names = ("{name}",)
    usage = "{name}: fails"
    wants_symbols = False

    def answer(self, request):
        {body}

    def heard(self, line):
        if "{name} now" in line.text:
            {body}
"""


@pytest.mark.parametrize("name", FAILING)
@pytest.mark.parametrize("how", ["asked", "listening"])
def test_a_failing_plugin_is_disabled_and_the_bot_goes_on(
    join: Join, packages: Packages, bot: Bot, name: str, how: str
) -> None:
    packages.install(name, PLUGIN.format(name=name, body=FAILING[name]))
    connection = join()
    assert name in ask(connection, "botbot: help")
    connection.send(f"{ANN} PRIVMSG #garden :{f'botbot: {name}' if how == 'asked' else f'{name} now'}", "PING :there")
    connection.expect("PONG there", 3)  # a third of the time that an answer may take
    wait_for(lambda: f"{name} failed and is not used until the next start" in bot.output(), 20)
    wait_for(lambda: name not in ask(connection, "botbot: help"))
    connection.send(f"{ANN} PRIVMSG #garden :the end")
    wait_until_stored(Channel.objects.get(), "the end")
    assert bot.running()


@pytest.mark.parametrize(
    ("source", "message"),
    [
        ("raise ImportError('not here')", "cannot be loaded"),
        ("import sys; sys.exit(3)", "cannot be loaded"),
        ("class Other: pass", "cannot be loaded"),
        ("Plugin = object", "has neither"),
        (PLUGIN.format(name="search", body="pass"), "the bot has a command search already"),
        (PLUGIN.format(name="two words", body="pass"), "names are single words"),
    ],
)
def test_an_invalid_plugin_is_left_out(join: Join, packages: Packages, bot: Bot, source: str, message: str) -> None:
    packages.install("odd", source)
    connection = join()
    assert ask(connection, "botbot: ping") == "NOTICE #garden pong"
    assert re.search(rf"plugin odd .*{message}", bot.output())


def test_former_names_of_the_interface_still_work() -> None:
    from bot.commands import base, contract, log_access, reading

    assert contract.Heard is base.Heard is base.RecordedLine
    assert contract.MOST_LINES == base.MOST_LINES == base.MAX_LINES
    assert (contract.API, contract.Request, contract.Command, contract.Listener) == (
        base.API,
        base.Request,
        base.Command,
        base.Listener,
    )
    assert reading.readable is log_access.readable
