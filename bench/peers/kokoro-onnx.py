# Kokoro in ONNX Runtime for Python, with kokoro-onnx's phonemes and limits, as a process that speaks, a line of JSON each
# (see ../answering-process.mjs).
#   python3 bench/peers/kokoro-onnx.py MODEL.onnx VOICE.bin [--threads 2]
import argparse, re, time
from importlib.metadata import version

import numpy, onnxruntime
from kokoro_onnx.chunker import split_phonemes
from kokoro_onnx.config import MAX_PHONEME_LENGTH
from kokoro_onnx.tokenizer import Tokenizer

from answering import answer_requests, memory

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("voice")
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()

sample_rate = 24000
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = arguments.threads
session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
# A style for each number of phonemes.
styles = numpy.fromfile(arguments.voice, numpy.float32).reshape(-1, 256)
tokenizer = Tokenizer()


def synthesize(phonemes):
    ids = tokenizer.tokenize(phonemes)
    inputs = dict(
        tokens=numpy.array([[0, *ids, 0]], numpy.int64),
        style=styles[len(ids) - 1][None],
        speed=numpy.ones(1, numpy.float32),
    )
    return session.run(None, inputs)[0].size


def speak(text):
    """Sentence by sentence, so that its first audio comes as early as it can."""
    start = time.perf_counter()
    first, samples = None, 0
    for sentence in re.split(r"(?<=[.!?])\s+", text.strip()):
        for phonemes in split_phonemes(tokenizer.phonemize(sentence), MAX_PHONEME_LENGTH):
            samples += synthesize(phonemes)
            first = first or time.perf_counter() - start
    seconds = time.perf_counter() - start
    return dict(seconds=seconds, firstAudioSeconds=first, audioSeconds=samples / sample_rate)


program = f"kokoro-onnx {version('kokoro-onnx')}, ONNX Runtime {onnxruntime.__version__}"
answer_requests(program, dict(speak=speak, memory=memory))
