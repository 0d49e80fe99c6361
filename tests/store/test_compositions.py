"""Compositions from before they could be put in order."""

from sqlite_utils import Database

from workbench.store import open_store
from workbench.store.composition_query import Wish
from workbench.store.migrations import migrations
from workbench.workspace import open_workspace


def test_what_was_composed_before_is_found_and_has_nothing_said_of_it(tmp_path):
    workspace = open_workspace(tmp_path)
    old = Database(workspace.database)
    migrations.apply(old, stop_before="m019_keeping_compositions")
    old.execute(
        """INSERT INTO compositions (id, title, model, request, model_fingerprint, tokens, plan, versions,
            seconds, score, created) VALUES ('a', 'Ländler', 'folk', '{}', '', '[]', '{}', '{}', 0, x'', '2026')"""
    )
    old.conn.commit()
    old.close()
    with open_store(workspace) as store:
        assert store.compositions.ids(Wish("landl")) == ["a"]
        assert store.compositions.ids(Wish("waltz")) == []
        assert store.compositions.count() == 1
        assert store.compositions.count(Wish(is_trashed=True)) == 0
        store.compositions.rename("a", "A waltz")
        assert store.compositions.ids(Wish("waltz")) == ["a"]
        store.compositions.delete("a")
        assert store.compositions.ids(Wish("waltz")) == []
        found = store.db.execute("SELECT count(*) FROM composition_search").fetchone()[0]
        assert found == 0
