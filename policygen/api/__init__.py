"""The public functions: they open files and put the rooms together."""
