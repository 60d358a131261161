"""Learning: finding, after a turn, what a person's message says about them that will still matter later."""
