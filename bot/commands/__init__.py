"""The built-in commands of the bot. docs/plugins.md explains how other packages add theirs."""
