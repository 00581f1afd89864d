"""An independent listener: pocketsphinx, whose model comes in its wheel, tells when words are heard."""

import re
from functools import cache

import numpy as np
from numpy.typing import NDArray
from pocketsphinx import Decoder

LEAD, TAIL = 0.2, 0.3  # seconds of silence put around a sentence: the model expects some


def sixteen_bit(samples: NDArray[np.float32]) -> bytes:
    """Samples (N,) at 48 kHz as 16-bit PCM at 16 kHz, by Fourier transform."""
    count = len(samples) // 3
    spectrum = np.fft.rfft(samples[: 3 * count])[: count // 2 + 1]
    data = np.fft.irfft(spectrum, count) / 3
    data *= 28_000 / max(1e-9, float(np.abs(data).max()))
    return data.astype("<i2").tobytes()


def padded(samples: NDArray[np.float32]) -> NDArray[np.float32]:
    return np.pad(samples, (round(LEAD * 48_000), round(TAIL * 48_000)))


class Aligner:
    """Where each word of a known text is in a sound."""

    def __init__(self) -> None:
        self._decoder = Decoder(lm=None, samprate=16_000, loglevel="FATAL")

    def spans(self, words: list[str], samples: NDArray[np.float32]) -> list[tuple[float, float]] | None:
        """Seconds from the start of `samples` (N,) at 48 kHz for each word; None where it cannot follow."""
        bare = [re.sub(r"[^a-z']", "", word.lower()) for word in words]
        assert all(self._decoder.lookup_word(word) for word in bare), bare
        self._decoder.set_align_text(" ".join(bare))
        self._decoder.start_utt()
        self._decoder.process_raw(sixteen_bit(padded(samples)), full_utt=True)
        self._decoder.end_utt()
        found = [
            (part.start_frame / 100 - LEAD, (part.end_frame + 1) / 100 - LEAD)
            for part in self._decoder.seg() or []
            if part.word[0] not in "<["
        ]
        return found if len(found) == len(words) else None


@cache
def _listener() -> Decoder:
    return Decoder(samprate=16_000, loglevel="FATAL")


def recognised(samples: NDArray[np.float32]) -> list[str]:
    """The words that are heard in `samples` (N,) at 48 kHz by one who does not know the text."""
    decoder = _listener()
    decoder.start_utt()
    decoder.process_raw(sixteen_bit(padded(samples)), full_utt=True)
    decoder.end_utt()
    heard = decoder.hyp()
    return heard.hypstr.split() if heard else []
