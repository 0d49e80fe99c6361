"""Event files for TensorBoard, written with what TensorFlow brings: no other package is needed to write them.

They lie in ``tensorboard/`` of a run's folder, a file for each time that the training was begun or gone on with. Moments are the
series ``step/…`` over optimiser steps, epochs ``epoch/…`` over epochs, settings a text. A training that goes on from its last record
may come by moments again that were told before it was killed: these are cut from the files first, so that no curve
has them twice. A file cut short by a kill is read as far as it goes.
"""

import json
import math
import time
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import tensorflow as tf

from workbench.core.records import to_json
from workbench.core.runs import EVENTS_FOLDER
from workbench.core.specs import TrainingSpec

STEP, EPOCH = "step", "epoch"
_VERSION = "brain.Event:2"
_AXES = (STEP, EPOCH)
_PARTIAL = "cut.partial"  # a name that TensorBoard does not look at


class EventFiles:
    """Tells TensorBoard of a run, from the first event on."""

    def __init__(self, folder: Path, spec: TrainingSpec) -> None:
        self._folder, self._spec = folder / EVENTS_FOLDER, spec
        self._writer: tf.io.TFRecordWriter | None = None

    def step(self, data: dict[str, Any]) -> None:
        """What a moment measured, at its optimiser step."""
        self._write(STEP, data[STEP], data, {STEP: data[STEP], EPOCH: math.ceil(data[EPOCH])})

    def epoch(self, data: dict[str, Any]) -> None:
        """What an epoch measured, at its number."""
        self._write(EPOCH, data[EPOCH], data, {EPOCH: data[EPOCH]})

    def close(self) -> None:
        """Nothing more comes."""
        if self._writer:
            self._writer.close()

    def _write(self, axis: str, place: int, data: dict[str, Any], begun: Mapping[str, int]) -> None:
        """One event. Of what is there, all from ``begun`` on is told again, so the first event cuts it away."""
        self._writer = self._writer or self._open(begun)
        event = tf.compat.v1.Event(wall_time=time.time(), step=place)
        for name, value in data.items():
            if name not in _AXES and value is not None:
                event.summary.value.add(tag=f"{axis}/{name}", simple_value=value)
        self._writer.write(event.SerializeToString())
        self._writer.flush()  # somebody may be looking, and the process may be killed

    def _open(self, begun: Mapping[str, int]) -> tf.io.TFRecordWriter:
        self._folder.mkdir(exist_ok=True)
        files = _files(self._folder)
        for path in files:
            _cut(path, begun)
        path = self._folder / f"events.out.tfevents.{len(files):010d}.workbench"
        writer = tf.io.TFRecordWriter(str(path))
        writer.write(_first())
        if not files:
            writer.write(_settings(self._spec))
        return writer


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob("events.out.tfevents.*.workbench"))


def _first() -> bytes:
    event = tf.compat.v1.Event(wall_time=time.time(), file_version=_VERSION)
    return event.SerializeToString()


def _settings(spec: TrainingSpec) -> bytes:
    """The spec as a text that TensorBoard shows."""
    words = "    " + json.dumps(to_json(spec), indent=1).replace(
        "\n", "\n    "
    )  # as Markdown has code
    event = tf.compat.v1.Event(wall_time=time.time(), step=0)
    value = event.summary.value.add(tag="settings/text_summary")
    value.metadata.plugin_data.plugin_name = "text"
    value.tensor.CopyFrom(tf.make_tensor_proto([words], dtype=tf.string))
    return event.SerializeToString()


def _records(path: Path) -> Iterator[bytes]:
    """The events of a file, as far as it is whole."""
    try:
        yield from tf.data.TFRecordDataset(str(path)).as_numpy_iterator()
    except tf.errors.OpError:
        return


def _cut(path: Path, begun: Mapping[str, int]) -> None:
    """Leave out of a file what is told again, from the places in ``begun`` on."""
    records = list(_records(path))
    kept = [each for each in records if not _comes_again(each, begun)]
    if len(kept) == len(records):
        return
    partial = path.with_name(_PARTIAL)
    with tf.io.TFRecordWriter(str(partial)) as writer:
        for each in kept:
            writer.write(each)
    partial.replace(path)


def _comes_again(record: bytes, begun: Mapping[str, int]) -> bool:
    event = tf.compat.v1.Event.FromString(record)
    axes = {value.tag.partition("/")[0] for value in event.summary.value}
    return any(axis in begun and event.step >= begun[axis] for axis in axes)
