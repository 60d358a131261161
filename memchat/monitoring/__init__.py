"""What tells operators and their machines how a site does: the log, figures and probes."""
