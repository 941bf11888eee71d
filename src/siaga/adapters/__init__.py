"""Where the outside world comes in and goes out."""
