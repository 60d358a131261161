#!/bin/sh
# Run once by PostgreSQL's image: a role that is no superuser, its database, and the vector extension in it.
set -eu
psql --username postgres --set ON_ERROR_STOP=1 --set password="$POSTGRES_PASSWORD" <<'SQL'
CREATE ROLE memchat LOGIN PASSWORD :'password';
CREATE DATABASE memchat OWNER memchat ENCODING 'UTF8';
\connect memchat
CREATE EXTENSION vector;
SQL
