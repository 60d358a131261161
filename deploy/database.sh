#!/bin/sh
# Run once by PostgreSQL's image: a role that owns the tables and one that the site runs as, neither a superuser; the database,
# and the vector extension in it.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE memchat LOGIN PASSWORD :'password';
CREATE ROLE memchat_site LOGIN PASSWORD :'password';
-- A statement that fails has somebody's texts in it, which are not for the log.
ALTER ROLE memchat SET log_min_error_statement = 'panic';
ALTER ROLE memchat SET log_min_messages = 'log';
ALTER ROLE memchat SET log_error_verbosity = 'terse';
ALTER ROLE memchat_site SET log_min_error_statement = 'panic';
ALTER ROLE memchat_site SET log_min_messages = 'log';
ALTER ROLE memchat_site SET log_error_verbosity = 'terse';
CREATE DATABASE memchat OWNER memchat ENCODING 'UTF8';
\connect memchat
CREATE EXTENSION vector;
SQL
