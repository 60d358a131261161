#!/bin/sh
# Run once by PostgreSQL's image: a role that owns the tables and one that the site runs as, neither a superuser; the database,
# and the vector extension in it.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE memchat LOGIN PASSWORD :'password';
CREATE ROLE memchat_site LOGIN PASSWORD :'password';
CREATE DATABASE memchat OWNER memchat ENCODING 'UTF8';
\connect memchat
CREATE EXTENSION vector;
SQL
