"""What all tests share: a network, a channel, lines, and the product's real processes."""

from __future__ import annotations

import gc
import os
import signal
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

import pytest
import pytest_django
from django.conf import settings
from django.core.management import call_command
from django.db import transaction
from django.test import override_settings
from django.utils import timezone
from hypothesis import HealthCheck
from hypothesis import settings as limits

from logs.ingest.entry import Entry
from logs.ingest.store import store_lines
from logs.models import Channel, Kind, Line, Network
from logs.search import facets, passages, results, spelling
from logs.views.http.page_cache import get_page_cache
from tests import emptying, examples, fork_server, lent_connections, prepared, processes, static_files
from tests.chromium import browser, complaints, page
from tests.emptying import remaining_sessions
from tests.processes import Bot, Site, database_url

__all__ = ["browser", "complaints", "page"]

Say = Callable[..., Line]

# A busy machine is slow and not wrong; fixtures stay as they are between the examples of a test. An ordinary run tries
# the same examples each time, so that it tells of a change and not of luck; `make test-nightly` looks for new ones.
limits.register_profile(
    "busy",
    max_examples=examples.count(40, nightly=100),
    deadline=None,
    derandomize=not examples.NIGHTLY,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)
limits.load_profile("busy")

# A shell that runs the tests in the background has them ignore it, and with them every process that they start.
signal.signal(signal.SIGINT, signal.default_int_handler)


def pytest_collection_modifyitems(items: list[pytest.Function]) -> None:
    for item in items:
        if "browser" in item.fixturenames:
            item.add_marker("browser")


@pytest.fixture(scope="session", autouse=True)
def var_dir(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The VAR_DIR of the tests with the static files collected, for this process and for those that tests start."""
    folder = tmp_path_factory.mktemp("var")
    # Compressing them takes seconds: who runs several test processes has it done once.
    if collected := os.environ.get("COLLECTED_STATIC_DIR"):
        (folder / "static").symlink_to(collected)
    with override_settings(VAR_DIR=folder, STATIC_ROOT=folder / "static", JOURNAL_DIR=folder / "journal"):
        if not collected or not any(Path(collected).iterdir()):
            call_command("collectstatic", interactive=False, verbosity=0)
        yield folder


def pytest_configure() -> None:
    emptying.install()
    static_files.install()


@pytest.fixture(scope="session", autouse=True)
def garbage_is_collected_seldom() -> None:
    """Collecting it as often as by default, among all that is imported here, takes a fifth of the tests' time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 20)


@pytest.fixture(scope="session", autouse=True)
def fork_server_ends() -> Iterator[None]:
    yield
    fork_server.stop()


@pytest.fixture(scope="session", autouse=True)
def passwords_are_hashed_quickly() -> Iterator[None]:
    """The hash of production takes half a second of processor time, for the administrator of every test anew."""
    with override_settings(PASSWORD_HASHERS=["django.contrib.auth.hashers.MD5PasswordHasher"]):
        yield


@pytest.fixture(scope="session")
def django_db_modify_db_settings() -> None:
    """Test processes that run at once on one server have a database each."""
    group = os.environ.get("GROUP", "")
    for database in settings.DATABASES.values():
        database.setdefault("TEST", {})["NAME"] = f"test_{database['NAME']}_{group}" if group else None
        database["TEST"]["TEMPLATE"] = prepared.database_template()


@pytest.fixture(scope="session")
def django_db_setup(django_db_setup: None, django_db_blocker: pytest_django.DjangoDbBlocker) -> Iterator[None]:
    """The database of the tests, which nothing that a test started may still use at the end."""
    yield
    with django_db_blocker.unblock():
        sessions = remaining_sessions()
    assert not sessions, f"these sessions outlived their tests: {sessions}"


@pytest.fixture(autouse=True)
def searching_may_take_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """The site leaves out what takes longer than a visitor waits: results, their neighbours, counts, suggestions."""
    for module, name in (
        (results, "SEARCH_TIMEOUT_SECONDS"),
        (passages, "CONTEXT_TIMEOUT_SECONDS"),
        (facets, "FACETS_TIMEOUT_SECONDS"),
        (spelling, "TIMEOUT_SECONDS"),
    ):
        monkeypatch.setattr(module, name, 20.0)


@pytest.fixture(autouse=True)
def no_page_is_kept_from_another_test() -> None:
    get_page_cache().clear()


@pytest.fixture(autouse=True)
def connections_are_returned() -> Iterator[None]:
    """A test that leaves a connection of the pool to a greenlet of its own, or to nobody, fails."""
    reclaimed = lent_connections.count_reclaimed()
    yield
    lent_connections.assert_all_returned(reclaimed)


@pytest.fixture
def free_port() -> int:
    return processes.free_port()


@pytest.fixture
def wait_for() -> Callable[..., object]:
    """`wait_for(condition, seconds)`: the first true value of `condition`, or a failed test."""
    return processes.wait_for


@pytest.fixture
def network(db: None) -> Network:
    """An archive: no host, so that no bot connects by itself."""
    return Network.objects.create(name="testnet")


@pytest.fixture
def channel(network: Network) -> Channel:
    return Channel.objects.create(network=network, name="#garden")


@pytest.fixture
def say() -> Say:
    """Stores one line as the bot's writer does and returns it; `at` is now unless told."""

    def say(channel: Channel, nick: str, text: str = "", at: datetime | None = None, **more: object) -> Line:
        more.setdefault("kind", Kind.MESSAGE)
        entry = Entry(channel=channel.pk, at=at or timezone.now(), nick=nick, text=text, **more)  # type: ignore[arg-type]
        with transaction.atomic():
            store_lines([entry])
        return Line.objects.filter(channel=channel).latest("id")

    return say


@pytest.fixture(scope="session")
def lasting_env(django_db_setup: None, var_dir: Path) -> dict[str, str]:
    """The environment of the product's processes, for those that run on while the tables are emptied between tests.

    These must do nothing on their own but read, and their tests need `transactional_db`.
    """
    return {"DATABASE_URL": database_url(), "SECRET_KEY": settings.SECRET_KEY, "VAR_DIR": str(var_dir)}


@pytest.fixture
def process_env(transactional_db: None, lasting_env: dict[str, str]) -> dict[str, str]:
    """The environment of the product's processes: the test database, whose rows are committed for all to see.

    Fixtures that start processes ask for this one, so that they end before the database is emptied.
    """
    return dict(lasting_env)


@pytest.fixture
def started_as_in_production(monkeypatch: pytest.MonkeyPatch) -> None:
    """The product's processes are started by their commands, none is forked."""
    monkeypatch.setattr(processes.Process, "may_fork", False)


@pytest.fixture
def site(process_env: dict[str, str], tmp_path: Path) -> Iterator[Site]:
    """The web process, answering at `site.url`."""
    with Site(tmp_path, process_env) as running:
        yield running
        print(running.output())  # pytest shows it when the test fails


@pytest.fixture
def bot(process_env: dict[str, str], tmp_path: Path) -> Iterator[Bot]:
    """The bot with an empty journal."""
    with Bot(tmp_path, process_env) as running:
        yield running
        print(running.output())
