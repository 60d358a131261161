"""A person's memories and threads for their other tools, by the Model Context Protocol at /mcp.

`door` stands in the ASGI application and asks for the token; `tools` is what stands behind it.
"""
