"""What people can say to the bot, one file a command. `docs/plugins.md` tells how to add one from outside."""
