"""Which models can be chosen when the site names none. Imports no SDK, so that settings can read it."""

DEFAULT_ANTHROPIC_MODELS = ("claude-sonnet-5-5", "claude-opus-5-5", "claude-haiku-5-5")
DEFAULT_OPENAI_MODELS = ("gpt-6.1-sol", "gpt-6.1-terra", "gpt-6-luna")

AUTO_MODEL = "auto"
"""For an OpenAI-compatible server whose models are not named: the first one it lists itself."""
