"""The small text-to-image system that ships: its data, its networks, their training and judging.

Nothing here is imported for rendering; torch loads only when a submodule that needs it is imported.
"""
