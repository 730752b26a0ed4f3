"""Debian's bouncers between the bot and a server: they keep what is said while the bot is away, and play it back."""

from __future__ import annotations

import hashlib
import shutil
import tempfile
from pathlib import Path

from tests.ircd import Ircd
from tests.programs import missing, require, unprivileged

PASSWORD = "secret"
SALT = "0123456789abcdefghij"


class Znc(Ircd):
    """One user, `botbot`, in the server's channel; a client logs in with `server_password`."""

    server_password = f"botbot/test:{PASSWORD}"
    configuration = """
Version = 1.8.2
AnonIPLimit = 1000
ConnectDelay = 1
ServerThrottle = 1
<Listener plain>
  Host = {host}
  Port = {port}
  IPv4 = true
  IPv6 = false
  SSL = false
</Listener>
<User botbot>
  Admin = true
  Nick = botbot
  AltNick = botbot_
  Ident = botbot
  RealName = botbot
  AutoClearChanBuffer = true
  ChanBufferSize = 5000
  MaxNetworks = 2
  <Network test>
    FloodBurst = 1000
    FloodRate = 2.00
    IRCConnectEnabled = true
    Server = {server}
    <Chan {channel}>
      Buffer = 5000
    </Chan>
  </Network>
  <Pass password>
    Hash = {hashed}
    Method = sha256
    Salt = {salt}
  </Pass>
</User>
"""

    def __init__(self, log: Path, ircd: Ircd) -> None:
        home = Path(tempfile.mkdtemp(prefix="botbot-znc-"))
        hashed = hashlib.sha256(f"{PASSWORD}{SALT}".encode()).hexdigest()
        program = [require("znc"), "--foreground", "--no-color", f"--datadir={home}"]
        server = f"{ircd.host} {ircd.port}"
        super().__init__(home, program, server=server, channel=ircd.channel, hashed=hashed, salt=SALT)
        self.log = log / "znc.log"
        (home / "configs").mkdir()
        (home / "ircd.conf").rename(home / "configs" / "znc.conf")
        self.command = [*unprivileged(home), *self.command]

    def __exit__(self, *exception: object) -> None:
        super().__exit__(*exception)
        shutil.rmtree(self.folder)


class Weechat(Ircd):
    """WeeChat's relay of IRC: it plays back what was said since its client left, without a batch, in whole seconds."""

    server_password = PASSWORD
    configuration = ""

    def __init__(self, folder: Path, ircd: Ircd) -> None:
        home = folder / "weechat"
        home.mkdir(mode=0o700)
        program = require("weechat-headless")
        if not list(Path("/usr/lib").glob("*/weechat/plugins/relay.so")):
            missing("WeeChat's relay is not installed: apt-get install weechat-plugins")
        super().__init__(home, [program, "--dir", str(home)])
        for line in (
            "/set relay.network.ipv6 off",
            f"/set relay.network.bind_address {self.host}",
            f"/set relay.network.password {PASSWORD}",
            f"/server add local {ircd.host}/{ircd.port}",
            "/set irc.server.local.nicks botbot",
            f"/set irc.server.local.autojoin {ircd.channel}",
            f"/relay add irc.local {self.port}",
            "/connect local",
        ):
            self.command += ["--run-command", line]
