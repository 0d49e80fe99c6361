import threading

import pytest
from sqlite_utils import Database

from workbench.store import open_store
from workbench.store.migrations import migrations
from workbench.workspace import open_workspace

STEPS = [migration.name for migration in migrations._migrations]


def schema(db: Database) -> list[str]:
    rows = db.query("SELECT sql FROM sqlite_master WHERE sql IS NOT NULL ORDER BY name")
    return [row["sql"] for row in rows]


@pytest.mark.parametrize("step", STEPS)
def test_a_database_of_every_earlier_step_is_brought_up_to_date(tmp_path, step):
    workspace = open_workspace(tmp_path / "old")
    old = Database(workspace.database)
    migrations.apply(old, stop_before=step)
    old.close()
    with open_store(workspace) as migrated, open_store(open_workspace(tmp_path / "new")) as blank:
        assert schema(migrated.db) == schema(blank.db)
        assert not migrations.pending(migrated.db)


def test_many_may_open_a_new_database_at_once(tmp_path):
    workspace = open_workspace(tmp_path)
    errors: list[Exception] = []

    def look() -> None:
        try:
            with open_store(workspace) as store:
                store.pieces.count()
        except Exception as error:
            errors.append(error)

    threads = [threading.Thread(target=look) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not errors


def test_the_database_keeps_what_it_said_it_kept(tmp_path):
    with open_store(open_workspace(tmp_path)) as store:
        pragmas = {
            name: store.db.execute(f"PRAGMA {name}").fetchone()[0]
            for name in ("journal_mode", "synchronous", "foreign_keys")
        }
    assert pragmas == {"journal_mode": "wal", "synchronous": 2, "foreign_keys": 1}
