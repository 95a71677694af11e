# piper-tts as a process that speaks, a line of JSON each (see ../answering-process.mjs).
#   python3 bench/peers/piper-tts.py VOICE.onnx [--threads 2]
import argparse, json, time
from importlib.metadata import version

import onnxruntime
from piper import PiperVoice
from piper.config import PiperConfig

from answering import answer_requests, memory

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()

# As PiperVoice.load does it, which has no say in the threads.
options = onnxruntime.SessionOptions()
options.intra_op_num_threads = arguments.threads
session = onnxruntime.InferenceSession(arguments.model, options, providers=["CPUExecutionProvider"])
with open(f"{arguments.model}.json", encoding="utf-8") as file:
    voice = PiperVoice(session=session, config=PiperConfig.from_dict(json.load(file)))


def speak(text):
    start = time.perf_counter()
    first, samples = None, 0
    for sentence in voice.synthesize(text):
        first = first or time.perf_counter() - start
        samples += len(sentence.audio_float_array)
    seconds = time.perf_counter() - start
    return dict(seconds=seconds, firstAudioSeconds=first, audioSeconds=samples / voice.config.sample_rate)


program = f"piper-tts {version('piper-tts')}, ONNX Runtime {onnxruntime.__version__}"
answer_requests(program, dict(speak=speak, memory=memory))
