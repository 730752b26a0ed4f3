"""The site: settings, processes, start-up."""

__version__ = "0.1.0"
