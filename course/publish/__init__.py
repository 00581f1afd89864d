"""Puts finished episodes on YouTube: safe to run, safe to interrupt, safe to repeat.

Not for making episodes: `course.episode` does that; this package only reads their folders.
"""
