"""Noise to Picture: a video course on diffusion models, rendered from real denoising runs.

Importing this package costs nothing: torch and the models are loaded only when something has to be captured.
"""

import os

__version__ = "0.1.0"

# Torch's threads would spin while they wait for each other: beside any other work, a call takes several times
# as long. OpenMP reads this once, as torch loads it; whoever has chosen otherwise keeps that.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")
