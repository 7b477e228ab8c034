"""Policies in the files of tools that set accounts up."""
