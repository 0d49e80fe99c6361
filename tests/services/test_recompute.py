"""Facts computed anew."""

import json

from workspaces import copied

from workbench.services import activity, library, tagging
from workbench.store import open_store


def test_outdated_facts_are_computed_anew_and_tags_stay(filled):
    pieces, total = library.search(filled)
    tagging.tag(filled, [pieces[0].id], {"mood": "calm"})
    expected, _ = library.search(filled)
    with open_store(filled) as store:
        for piece in pieces[:7]:
            store.pieces.set_facts({piece.id: {"key": "F minor", "bars": 999}})
    assert library.search(filled, 'key:"F minor" bars:999')[1] == library.outdated(filled) == 7
    done = activity.finish(filled, library.recompute_facts(filled))
    assert (done.state, done.result) == ("done", {"pieces": 7})
    assert library.search(filled) == (expected, total)
    assert library.search(filled, "bars:999")[1] == library.outdated(filled) == 0


def test_a_library_of_an_older_workbench_is_brought_up_to_date_once(filled, tmp_path):
    workspace = copied(filled, tmp_path / "own")
    assert library.bring_up_to_date(workspace) is None
    with open_store(workspace) as store:
        store.db.execute("UPDATE pieces SET facts = json_set(facts, '$.version', 1)")
    count = library.outdated(workspace)
    assert count == library.count(workspace) > 0
    job = library.bring_up_to_date(workspace)
    assert library.bring_up_to_date(workspace) is None  # another server, or another session
    assert activity.finish(workspace, job).result == {"pieces": count}
    assert library.outdated(workspace) == 0


def test_columns_and_facts_agree(filled):
    with open_store(filled) as store:
        for row in store.db.query("SELECT facts, key, meter, bars, notes, parts FROM pieces"):
            facts = json.loads(row.pop("facts"))
            assert row == {name: facts[name] for name in row}
