"""A score of many pages: bars keep their numbers on every page."""

import re

from workbench.core.score import clip
from workbench.core.specs import ComposeRequest
from workbench.rendering.in_words import bar_by_bar
from workbench.services import activity, composing, previews


def test_bars_are_numbered_on_through_the_pages(workspace):
    job = composing.enqueue(workspace, ComposeRequest("folk", bars=48, seed=1))
    score = composing.score(workspace, activity.finish(workspace, job).result["composition"])
    _, (start, end) = previews.spans(score)
    page, numbers = clip(score, start, end), list(range(33, 49))
    preview = previews.preview(workspace, page, first_bar=33)
    for engraving in preview.engravings:
        drawn = [int(each) for each in re.findall(r'data-n="(\d+)"', "".join(engraving.pages))]
        assert drawn == numbers
    assert [number for number, _, _ in preview.bars] == numbers
    assert [line.split(":")[0] for line in bar_by_bar(page, 33)] == [f"Bar {n}" for n in numbers]
    alone = previews.preview(workspace, page)
    assert 'data-n="1"' in alone.engravings[0].pages[0] and alone.bars[0][0] == 1
