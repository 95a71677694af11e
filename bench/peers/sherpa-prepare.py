# Makes of a Piper voice what sherpa-onnx opens: facts in the model's metadata, a table of tokens, and espeak-ng's data (of
# piper-tts).
#   python3 bench/peers/sherpa-prepare.py VOICE.onnx FOLDER
import json, os, sys

import onnx
import piper

model_path, folder = sys.argv[1:]
with open(f"{model_path}.json", encoding="utf-8") as file:
    config = json.load(file)
model = onnx.load(model_path)
facts = dict(
    model_type="vits",
    comment="piper",
    language="English",
    voice=config["espeak"]["voice"],
    has_espeak=1,
    n_speakers=config["num_speakers"],
    sample_rate=config["audio"]["sample_rate"],
)
onnx.helper.set_model_props(model, {key: str(value) for key, value in facts.items()})
onnx.save(model, os.path.join(folder, "voice.onnx"))
with open(os.path.join(folder, "tokens.txt"), "w", encoding="utf-8") as file:
    for phoneme, ids in config["phoneme_id_map"].items():
        file.write(f"{phoneme} {ids[0]}\n")
os.symlink(os.path.join(piper.__path__[0], "espeak-ng-data"), os.path.join(folder, "espeak-ng-data"))
