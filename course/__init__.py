"""Noise to Picture: a video course on diffusion models, rendered from real denoising runs.

Importing this package costs nothing: torch and the models are loaded only when something has to be captured.
"""

__version__ = "0.1.0"
