"""Where places come in: outlines of areas from files, points and words from people. Needs no network."""
