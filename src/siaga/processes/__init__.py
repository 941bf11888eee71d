"""What keeps Siaga running on a machine: the embedded database, the supervisor, the doctor.

Knows only the settings and the clock. Nothing here knows what a call is.
"""
