"""What the course's equations say, evaluated independently of the code that they describe, and what captures measure.

NumPy and SciPy only: no torch, no drawing.
"""
