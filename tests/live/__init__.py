"""The real site as a process of its own, and people who use it over the wire."""
