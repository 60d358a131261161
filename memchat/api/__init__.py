"""What programs can do for a person who has given them a token: /api/v1/, described by OpenAPI.

Nothing is decided here. Each operation asks for a scope, reads what was sent, and calls what pages and the socket call.
"""
