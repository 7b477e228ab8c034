"""What a project silences, and why: ``policygen.toml``."""

from policygen.ignoring.settings import FILE_NAME, Ignore, Settings, load_settings
from policygen.ignoring.silencer import Ignored, Silencer

__all__ = ["FILE_NAME", "Ignore", "Ignored", "Settings", "Silencer", "load_settings"]
