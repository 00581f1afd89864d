"""What the course's equations say, evaluated without the code that they describe, and what captures measure.

NumPy and SciPy only: no torch, no drawing.
"""
