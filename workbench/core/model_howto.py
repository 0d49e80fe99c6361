"""What stands beside an exported model: how to use it without the workbench, with a few lines that run."""

from workbench.core.model_card import ModelCard

SAVED_MODEL = "saved_model"

_HEAD = """{title}

model.json has the vocabulary: "tokens" names every token, the first is the start symbol; "context" names the small numbers
that are known before each token (such as the place in the bar), with the size of each. Logits are natural logarithms up to a constant.
Settings, data and figures are in card.md.

{words}

```python
{code}
```
"""
_STEP = """best.onnx takes one token after another. Inputs, in this order: the token before (batch, 1); the context of the next one (batch, 1,
{fields}), whole numbers; then the states, zeros at first. Outputs, in this order: the logits of the next token, then the next states.
Feed these back with the token you chose."""
_LATENT = """ The first state is the point of the latent space that the segment comes from, {latent} numbers, standard normal; it stays. encoder.onnx finds
the point of a segment, from both ends at once; latents.npz holds directions in the space."""
_FILLER = """best.onnx fills holes. Inputs, in this order: states (batch, steps, voices), whole numbers, a number more than the last for a hidden
cell; context (batch, steps, {fields}). Output: logits for every cell (batch, steps, voices, states)."""
_ONNX = """import json
import numpy as np
import onnxruntime

card = json.load(open("model.json", encoding="utf-8"))
session = onnxruntime.InferenceSession("best.onnx")
types = {"tensor(int32)": np.int32, "tensor(int64)": np.int64, "tensor(float)": np.float32}
feed = {each.name: np.zeros([size if isinstance(size, int) else 1 for size in each.shape], types[each.type])
        for each in session.get_inputs()}
logits, *states = session.run(None, feed)
print(card["model"]["architecture"], "gives logits of shape", logits.shape, "and", len(states), "states")"""
_KERAS = """import keras
import workbench.layers  # the layers that its description names; nothing else of the workbench is needed

model = keras.saving.load_model("best.keras", compile=False, safe_mode=True)
model.summary()
print(model.inputs, model.outputs)"""
_SAVED = """import tensorflow as tf

model = tf.saved_model.load("saved_model")
run = model.signatures["serving_default"]
inputs = run.structured_input_signature[1]
feed = {name: tf.zeros([size or 1 for size in each.shape], each.dtype) for name, each in inputs.items()}
for name, logits in run(**feed).items():
    print(name, logits.shape)"""
_WHOLE = """{file} is the network of all positions at once. Its inputs are those of the training: {inputs}. Output: logits for every position."""
_INPUTS = "tokens (batch, time), the tokens before, beginning with the start symbol 0, and context (batch, time, {fields})"
_OF_SEGMENTS = "tokens (batch, time) of a segment, filled up with 0, context (batch, time, {fields}), and noise (batch, {latent}), standard normal"
_OF_FRAMES = "states (batch, steps, voices) with hidden cells, and context (batch, steps, {fields})"


def howto(card: ModelCard, form: str, title: str, *, orderless: bool, autoencoder: bool) -> str:
    """The README of a model exported as ``onnx``, ``keras`` or ``savedmodel``, in Markdown."""
    numbers = {
        "fields": len(card.vocabulary.context),
        "latent": card.model.settings.get("latent", ""),
    }
    if form == "onnx":
        words = (_FILLER if orderless else _STEP + _LATENT * autoencoder).format(**numbers)
        return _HEAD.format(title=title, words=words, code=_ONNX)
    inputs = _OF_FRAMES if orderless else _OF_SEGMENTS if autoencoder else _INPUTS
    file, code = ("best.keras", _KERAS) if form == "keras" else (SAVED_MODEL, _SAVED)
    words = _WHOLE.format(file=file, inputs=inputs.format(**numbers))
    return _HEAD.format(title=title, words=words, code=code)
