"""Causes faults for real, and looks whether memchat keeps its promises: `make faults`."""

import os

LONG = bool(os.environ.get("FAULTS_LONG"))
"""Whether tests cause their faults for as long and as often as is promised, instead of in a short form."""
