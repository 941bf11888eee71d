"""The telephone of a city that has an exchange already: Asterisk, driven over ARI, with our own mixer for the sound."""
