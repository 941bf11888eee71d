"""Rehearsals: whole days of a city, played by a seed, with every promise checked at every step."""
