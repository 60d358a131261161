"""Memories as files: written, read again, compared with what is there, and taken over as far as the person says so."""
