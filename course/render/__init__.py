"""Chapters become video: planned, drawn in parallel, reused where nothing changed, joined and checked.

Not for what is drawn (the stage's part), nor for what a finished episode holds besides its film.
"""
