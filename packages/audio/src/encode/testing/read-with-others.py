"""Reads the files of a folder with FFmpeg (PyAV), libsndfile and Python's wave, and prints how they differ from original.wav.

    python read-with-others.py FOLDER
"""

import json
import sys
import wave
from pathlib import Path

import av
import numpy as np
import soundfile

folder = Path(sys.argv[1])
original, rate = soundfile.read(folder / "original.wav", dtype="float64")
seconds = len(original) / rate


def with_ffmpeg(path):
    with av.open(str(path)) as container:
        resampler = None
        frames = []
        for frame in container.decode(audio=0):
            resampler = resampler or av.AudioResampler(format="flt", layout="mono", rate=rate)
            frames += resampler.resample(frame)
        frames += resampler.resample(None)
    samples = np.concatenate([frame.to_ndarray()[0] for frame in frames]).astype(np.float64)
    return samples, rate


def with_soundfile(path):
    return soundfile.read(path, dtype="float64")


def with_wave(path):
    with wave.open(str(path)) as file:
        assert (file.getnchannels(), file.getsampwidth()) == (1, 2)
        data = np.frombuffer(file.readframes(file.getnframes()), "<i2")
        return data / 32768, file.getframerate()


def compare(samples, native):
    """Seconds more than the original, and dB of signal to noise at the best shift; 200 when nothing differs."""
    extra = len(samples) / native - seconds
    if native != rate:
        return {"extraSeconds": round(extra, 5), "signalToNoise": 0}
    best = -99.0
    for shift in range(0, 1200):
        part = samples[shift : shift + len(original)]
        reference = original[: len(part)]
        noise = np.sum((part - reference) ** 2)
        best = max(best, 200.0 if noise == 0 else float(10 * np.log10(np.sum(reference**2) / noise)))
    return {"extraSeconds": round(extra, 5), "signalToNoise": round(best, 1)}


report = {}
for path in sorted(folder.iterdir()):
    if path.name == "original.wav" or path.suffix == ".pcm":
        continue
    report[f"ffmpeg {path.name}"] = compare(*with_ffmpeg(path))
    # libsndfile has no AAC, and takes a FLAC without a length for an endless one.
    if path.suffix != ".aac" and path.name != "stream.flac":
        report[f"soundfile {path.name}"] = compare(*with_soundfile(path))
    if path.suffix == ".wav":
        report[f"wave {path.name}"] = compare(*with_wave(path))
print(json.dumps(report))
