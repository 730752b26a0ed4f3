"""Counts of lines: by day, by hour of the week, by nick."""
