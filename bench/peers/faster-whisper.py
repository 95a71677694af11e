# faster-whisper as a process that answers requests, a line of JSON each (see ../answering-process.mjs).
#   python3 bench/peers/faster-whisper.py MODEL-FOLDER [--compute int8|float32] [--threads 2]
# MODEL-FOLDER is in CTranslate2's layout. It also scores texts: "wer" with jiwer, "match" with difflib.
import argparse, difflib, os, re, time

from answering import answer_requests, memory

parser = argparse.ArgumentParser()
parser.add_argument("model")
parser.add_argument("--compute", default="int8")
parser.add_argument("--threads", type=int, default=2)
arguments = parser.parse_args()
os.environ["OMP_NUM_THREADS"] = str(arguments.threads)

import ctranslate2, faster_whisper  # noqa: E402: they read the variable above

model = faster_whisper.WhisperModel(
    arguments.model, device="cpu", compute_type=arguments.compute, cpu_threads=arguments.threads
)
batches = faster_whisper.BatchedInferencePipeline(model)


def transcribe(audio, beam=1, language=None, words=False, batch=1, **_):
    options = dict(language=language, beam_size=beam, temperature=0.0, word_timestamps=words)
    start = time.perf_counter()
    if batch > 1:
        found, info = batches.transcribe(
            audio, batch_size=batch, vad_filter=True, without_timestamps=True, **options
        )
    else:
        found, info = model.transcribe(audio, condition_on_previous_text=False, **options)
    segments = list(found)
    return dict(
        seconds=time.perf_counter() - start,
        text="".join(segment.text for segment in segments).strip(),
        duration=info.duration,
        language=info.language,
        languageProbability=info.language_probability,
        segments=[
            dict(
                start=segment.start,
                end=segment.end,
                words=[dict(word=word.word, start=word.start, end=word.end) for word in segment.words or []],
            )
            for segment in segments
        ],
    )


def plain(text):
    """Lower case, no punctuation, in any alphabet."""
    return " ".join(re.sub(r"[^\w' ]+|_", " ", text.lower().replace("-", " ")).split())


def wer(reference, hypothesis):
    import jiwer

    return dict(wer=jiwer.wer(plain(reference), plain(hypothesis)))


def match(a, b):
    """Pairs of places of the words that both lists have, in order."""
    blocks = difflib.SequenceMatcher(None, [plain(word) for word in a], [plain(word) for word in b], False)
    pairs = [(i + k, j + k) for i, j, size in blocks.get_matching_blocks() for k in range(size)]
    return dict(pairs=pairs)


versions = f"faster-whisper {faster_whisper.__version__}, CTranslate2 {ctranslate2.__version__}"
answer_requests(versions, dict(transcribe=transcribe, wer=wer, match=match, memory=memory))
