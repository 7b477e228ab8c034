"""The project of its own is run where it is copied to, not here."""

collect_ignore = ["project"]
