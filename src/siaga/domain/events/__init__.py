"""The facts, in one file per room. Import them from ``siaga.domain.event``."""
