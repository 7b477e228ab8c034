"""Replay on a Spark cluster: a function for ``mapInArrow``, whose tallies the driver adds up.

Policies travel as text, in the form of environment files, and are compiled once in each worker process.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import batched
from pathlib import Path
from typing import Any

import pyarrow as pa
