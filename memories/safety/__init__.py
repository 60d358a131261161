"""What a statement must be checked for before it is remembered. Pure rules: no database, no network."""
