"""The version of policygen; every room may name it."""

VERSION = "0.1.0"
