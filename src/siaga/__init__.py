"""Siaga 112: the system behind a city's emergency number."""

from __future__ import annotations

__version__ = "0.1.0"
