"""Accounts: Atheme beside InspIRCd, both from Debian."""

from __future__ import annotations

import shutil
import tempfile
from pathlib import Path

from tests.ircd import Client, Inspircd
from tests.processes import Process, free_port, wait_for
from tests.programs import require, unprivileged

SERVICES = "services.example.org"


class AccountIrcd(Inspircd):
    """InspIRCd with SASL, waiting for services at `link_port`."""

    modules = f"{Inspircd.modules} sasl spanningtree sslinfo"
    links = f"""
<bind address="{{host}}" port="{{link_port}}" type="servers">
<link name="{SERVICES}" ipaddr="{{host}}" port="1" allowmask="{{host}}" sendpass="secret" recvpass="secret">
<uline server="{SERVICES}" silent="yes">
<sasl target="{SERVICES}" requiressl="no">
"""
    configuration = Inspircd.configuration + links

    def __init__(self, folder: Path) -> None:
        self.link_port = free_port()
        super().__init__(folder, link_port=self.link_port)


class Atheme(Process):
    """Services for an AccountIrcd. Root runs it as nobody, for as root it does not want to run."""

    modules = (
        "protocol/inspircd backend/opensex crypto/posix nickserv/main nickserv/register nickserv/identify "
        "nickserv/cert nickserv/set_core nickserv/set_pubkey saslserv/main saslserv/plain saslserv/external "
        "saslserv/ecdsa-nist256p-challenge memoserv/main memoserv/send memoserv/read"
    )
    configuration = """
{modules}
serverinfo {{ name = "{services}"; desc = "Services"; numeric = "00A"; recontime = 1; netname = "Test";
  hidehostsuffix = "users"; adminname = "root"; adminemail = "root@example.org"; registeremail = "root@example.org";
  loglevel = {{ error; info; }}; maxlogins = 5; maxusers = 5; mdlimit = 30; emaillimit = 10; emailtime = 300;
  auth = none; casemapping = rfc1459; }};
uplink "{name}" {{ host = "{host}"; port = {port}; send_password = "secret"; receive_password = "secret"; }};
nickserv {{ nick = "NickServ"; user = "NickServ"; host = "{services}"; real = "Nicks"; maxnicks = 5; }};
saslserv {{ nick = "SaslServ"; user = "SaslServ"; host = "{services}"; real = "SASL"; }};
memoserv {{ nick = "MemoServ"; user = "MemoServ"; host = "{services}"; real = "Memos"; }};
general {{ commit_interval = 5; flood_msgs = 0; }};
"""

    def __init__(self, log: Path, ircd: AccountIrcd) -> None:
        self.ircd = ircd
        self.folder = Path(tempfile.mkdtemp(prefix="botbot-atheme-"))
        configuration = self.configuration.format(
            modules="\n".join(f'loadmodule "modules/{name}";' for name in self.modules.split()),
            services=SERVICES,
            name=ircd.name,
            host=ircd.host,
            port=ircd.link_port,
        )
        (self.folder / "atheme.conf").write_text(configuration)
        names = {"-c": "atheme.conf", "-D": "", "-p": "pid", "-l": "log"}
        files = [part for option, name in names.items() for part in (option, str(self.folder / name))]
        program = [require("atheme-services"), "-n", *files]
        super().__init__([*unprivileged(self.folder), *program], {}, log / "atheme.log")
        self.cwd = self.folder

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        shutil.rmtree(self.folder)

    def start(self) -> None:
        """Returns once NickServ answers."""
        super().start()
        with self.ircd.client("probe") as probe:

            def answers() -> bool:
                assert self.running(), f"atheme ended:\n{self.output()}"
                probe.send("ISON NickServ")
                return "NickServ" in probe.read_until(" 303 ")

            wait_for(answers, 20, "NickServ is there")

    def register(self, account: str, password: str) -> Client:
        """Somebody who is logged in to a new account."""
        client = self.ircd.client(account)
        self.tell(client, f"REGISTER {password} {account}@example.org", "is now registered")
        return client

    def tell(self, client: Client, command: str, answer: str) -> None:
        """Gives NickServ a command and waits for what it must answer."""
        client.say("NickServ", command)
        client.read_until(answer)
