"""The phone door: callers and headsets come in here; what was recorded goes out again as orders."""
