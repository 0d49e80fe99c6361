import subprocess
import sys
import threading
import time

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


def test_one_that_reads_and_then_writes_waits_for_its_turn(tmp_path):
    """Somebody else who writes in between, in a transaction of a second, makes neither fail."""
    workspace = open_workspace(tmp_path)
    with open_store(workspace) as one, open_store(workspace) as other:
        one.searches.save("first", "key:D")
        started = threading.Event()

        def write() -> None:
            with open_store(workspace) as third, third.db.atomic():
                third.searches.save("second", "key:G")
                started.set()
                time.sleep(0.5)

        writer = threading.Thread(target=write)
        writer.start()
        started.wait()
        with one.db.atomic():
            before = [each.name for each in one.searches.all()]
            other_names = [each.name for each in other.searches.all()]
            one.searches.save("third", "key:A")
        writer.join()
    assert before == other_names == ["first", "second"]


@pytest.mark.long
def test_tensorflow_does_not_bring_its_own_sqlite(tmp_path):
    """TensorFlow's has no full text; loaded first, it answers for Python's."""
    script = (
        "import workbench.training.network\n"
        "from workbench.store import open_store\n"
        "from workbench.workspace import open_workspace\n"
        f"with open_store(open_workspace({str(tmp_path)!r})) as store: assert not store.pieces.search('jig')\n"
    )
    subprocess.run([sys.executable, "-c", script], check=True, timeout=120)
