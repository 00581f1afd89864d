"""A film as a file: how pictures are encoded, and how they are joined with sound and marks.

Not for making pictures or sound. It lies below the stage, because films of plain `manim` are made by it too.
"""
