"""Sequences on disk are what they were in memory."""

import numpy as np
import pytest

from workbench.core.sequences import SequenceFolder, flatten, write_sequences
from workbench.core.specs import TokenizerSpec
from workbench.core.vocabulary import START, TokenSequence
from workbench.corpora import CORPORA
from workbench.tokenizers import make


@pytest.fixture(scope="module")
def tunes():
    corpus = CORPORA.get("ryans-mammoth")
    tokenizer = make(TokenizerSpec("melody-steps"))
    members = ["FloggingReel", "DevilsDreamReel", "BlackwaterReel", "BalkanHornpipe"]
    return [tokenizer.encode(corpus.read(member).score) for member in members]


def test_what_is_written_is_read(tunes, tmp_path):
    assert write_sequences(tmp_path / "s", iter(tunes)) == len(tunes)
    read = SequenceFolder(tmp_path / "s")
    assert isinstance(read.flat.tokens, np.memmap)
    assert len(read) == len(tunes)
    for mine, theirs in zip(read, tunes, strict=True):
        np.testing.assert_array_equal(mine.tokens, theirs.tokens)
        np.testing.assert_array_equal(mine.context, theirs.context)
        assert (mine.plan, mine.quarters) == (theirs.plan, theirs.quarters)
    assert [len(each.tokens) for each in read[1:3]] == [len(each.tokens) for each in tunes[1:3]]
    assert read[-1].plan == tunes[-1].plan


def test_on_disk_and_in_memory_it_lies_alike(tunes, tmp_path):
    write_sequences(tmp_path / "s", tunes)
    disk, memory = flatten(SequenceFolder(tmp_path / "s")), flatten(tunes)
    for name in ("tokens", "context", "first", "lengths"):
        np.testing.assert_array_equal(getattr(disk, name), getattr(memory, name))
    assert (disk.tokens[disk.first] == START).all()


def test_writing_again_replaces(tunes, tmp_path):
    write_sequences(tmp_path / "s", tunes)
    write_sequences(tmp_path / "s", tunes[:1])
    assert len(SequenceFolder(tmp_path / "s")) == 1
    write_sequences(tmp_path / "s", [])
    assert list(SequenceFolder(tmp_path / "s")) == []
    assert not list((tmp_path / "s").glob("*.partial*"))


def test_a_vocabulary_without_context(tunes, tmp_path):
    bare = [
        TokenSequence(each.tokens, np.zeros((len(each.tokens), 0), np.int32), each.plan, 1.0)
        for each in tunes
    ]
    write_sequences(tmp_path / "s", bare)
    read = SequenceFolder(tmp_path / "s")
    assert read[0].context.shape == (len(tunes[0].tokens), 0)
    np.testing.assert_array_equal(read[2].tokens, tunes[2].tokens)
