"""What stands between daphne and the pages: limits on what comes in, headers of what goes out, errors, static files."""
