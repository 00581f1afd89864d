"""What looks at a chapter without drawing it: layout, words, stillness, colours.

Not for whether equations hold (`checked`).
"""
