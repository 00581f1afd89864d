"""The small text-to-image system that ships with the course: its data, its networks, how they are trained and judged.

Nothing here is imported for rendering; torch loads only when a submodule that needs it is imported.
"""
