"""The schema, step by step. Append; never edit a step that was released."""

import hashlib
import json

from sqlite_utils import Database
from sqlite_utils.migrations import Migrations

migrations = Migrations("workbench")


@migrations()
def m001_pieces(db: Database) -> None:
    """The library: pieces, their notes, tags, and the text they are found by."""
    for statement in (
        """CREATE TABLE pieces (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, composer TEXT NOT NULL,
            collection TEXT NOT NULL, source TEXT NOT NULL, checksum TEXT NOT NULL,
            licence TEXT NOT NULL, tune TEXT NOT NULL, fingerprint TEXT NOT NULL,
            facts TEXT NOT NULL, remarks TEXT NOT NULL,
            key TEXT GENERATED ALWAYS AS (json_extract(facts, '$.key')),
            meter TEXT GENERATED ALWAYS AS (json_extract(facts, '$.meter')),
            bars INTEGER GENERATED ALWAYS AS (json_extract(facts, '$.bars')),
            notes INTEGER GENERATED ALWAYS AS (json_extract(facts, '$.notes')),
            parts INTEGER GENERATED ALWAYS AS (json_extract(facts, '$.parts')),
            created TEXT NOT NULL)""",
        "CREATE INDEX pieces_collection ON pieces (collection)",
        "CREATE INDEX pieces_title ON pieces (title COLLATE NOCASE)",
        "CREATE INDEX pieces_key ON pieces (key)",
        "CREATE INDEX pieces_meter ON pieces (meter)",
        "CREATE INDEX pieces_source ON pieces (source)",
        """CREATE TABLE scores (
            piece TEXT PRIMARY KEY REFERENCES pieces (id) ON DELETE CASCADE, data BLOB NOT NULL)""",
        """CREATE TABLE tags (
            piece TEXT NOT NULL REFERENCES pieces (id) ON DELETE CASCADE,
            name TEXT NOT NULL, value TEXT NOT NULL, PRIMARY KEY (piece, name))""",
        "CREATE INDEX tags_name ON tags (name, value)",
        "CREATE VIRTUAL TABLE piece_search USING fts5 (text, tokenize='unicode61 remove_diacritics 2')",
    ):
        db.execute(statement)


@migrations()
def m002_jobs(db: Database) -> None:
    """The queue. ``worker`` and ``attempt`` together are the lease: who holds it may write."""
    for statement in (
        """CREATE TABLE jobs (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, lane TEXT NOT NULL, spec TEXT NOT NULL,
            title TEXT NOT NULL, state TEXT NOT NULL, stop_requested INTEGER NOT NULL DEFAULT 0,
            worker TEXT, attempt INTEGER NOT NULL DEFAULT 0, lease_until REAL,
            progress REAL NOT NULL DEFAULT 0, text TEXT NOT NULL DEFAULT '',
            message TEXT NOT NULL DEFAULT '', details TEXT NOT NULL DEFAULT '',
            result TEXT NOT NULL DEFAULT '{}',
            created TEXT NOT NULL, started TEXT, ended TEXT)""",
        "CREATE INDEX jobs_state ON jobs (state, lane, created)",
        """CREATE TABLE import_files (
            job TEXT NOT NULL REFERENCES jobs (id) ON DELETE CASCADE, name TEXT NOT NULL,
            outcome TEXT NOT NULL, pieces INTEGER NOT NULL, reason TEXT NOT NULL,
            PRIMARY KEY (job, name))""",
        """CREATE TABLE workers (
            id TEXT PRIMARY KEY, kind TEXT NOT NULL, pid INTEGER NOT NULL, heartbeat REAL NOT NULL)""",
    ):
        db.execute(statement)


@migrations()
def m003_datasets(db: Database) -> None:
    """Dataset versions. Rows are written once."""
    for statement in (
        """CREATE TABLE datasets (
            id TEXT PRIMARY KEY, name TEXT NOT NULL, version INTEGER NOT NULL, query TEXT NOT NULL,
            ratios TEXT NOT NULL, seed INTEGER NOT NULL, transpositions TEXT NOT NULL,
            parent TEXT REFERENCES datasets (id), fingerprint TEXT NOT NULL, created TEXT NOT NULL,
            UNIQUE (name, version))""",
        """CREATE TABLE dataset_pieces (
            dataset TEXT NOT NULL REFERENCES datasets (id) ON DELETE CASCADE,
            piece TEXT NOT NULL REFERENCES pieces (id), split TEXT NOT NULL,
            PRIMARY KEY (dataset, piece)) WITHOUT ROWID""",
        "CREATE INDEX dataset_pieces_piece ON dataset_pieces (piece)",
    ):
        db.execute(statement)


@migrations()
def m004_runs(db: Database) -> None:
    """Training runs, what they measured, and what they kept. A run's state is its job's."""
    for statement in (
        """CREATE TABLE runs (
            id TEXT PRIMARY KEY, spec TEXT NOT NULL, job TEXT NOT NULL REFERENCES jobs (id),
            dataset TEXT NOT NULL REFERENCES datasets (id), dataset_fingerprint TEXT NOT NULL,
            parameters INTEGER, versions TEXT NOT NULL DEFAULT '{}',
            evaluation TEXT NOT NULL DEFAULT '{}', created TEXT NOT NULL)""",
        "CREATE INDEX runs_created ON runs (created)",
        """CREATE TABLE epochs (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, epoch INTEGER NOT NULL,
            train_loss REAL NOT NULL, valid_loss REAL NOT NULL, valid_accuracy REAL NOT NULL,
            learning_rate REAL NOT NULL, tokens_per_second REAL NOT NULL, seconds REAL NOT NULL,
            PRIMARY KEY (run, epoch)) WITHOUT ROWID""",
        """CREATE TABLE steps (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, step INTEGER NOT NULL,
            data TEXT NOT NULL, PRIMARY KEY (run, step)) WITHOUT ROWID""",
        """CREATE TABLE checkpoints (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, kind TEXT NOT NULL,
            epoch INTEGER NOT NULL, valid_loss REAL NOT NULL, path TEXT NOT NULL,
            PRIMARY KEY (run, kind)) WITHOUT ROWID""",
    ):
        db.execute(statement)


@migrations()
def m005_compositions(db: Database) -> None:
    """Composed pieces with the request that made them."""
    for statement in (
        """CREATE TABLE compositions (
            id TEXT PRIMARY KEY, title TEXT NOT NULL, model TEXT NOT NULL, request TEXT NOT NULL,
            model_fingerprint TEXT NOT NULL, tokens TEXT NOT NULL, plan TEXT NOT NULL,
            versions TEXT NOT NULL, seconds REAL NOT NULL, score BLOB NOT NULL, created TEXT NOT NULL)""",
        "CREATE INDEX compositions_created ON compositions (created)",
    ):
        db.execute(statement)


@migrations()
def m006_recordings_and_sketches(db: Database) -> None:
    """Recordings stand beside scores; sketches tell which pieces are alike; files are known by checksum."""
    for statement in (
        "ALTER TABLE pieces ADD COLUMN kind TEXT NOT NULL DEFAULT 'score'",
        "CREATE INDEX pieces_checksum ON pieces (checksum)",
        """CREATE TABLE recordings (
            piece TEXT PRIMARY KEY REFERENCES pieces (id) ON DELETE CASCADE, data BLOB NOT NULL)""",
        """CREATE TABLE sketches (
            piece TEXT PRIMARY KEY REFERENCES pieces (id) ON DELETE CASCADE, data BLOB NOT NULL)""",
    ):
        db.execute(statement)


@migrations()
def m008_import_reports(db: Database) -> None:
    """The import report says what to do, and counts its reasons."""
    for statement in (
        "ALTER TABLE import_files ADD COLUMN remedy TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE import_files ADD COLUMN kind TEXT NOT NULL DEFAULT ''",
        "CREATE INDEX import_files_kind ON import_files (job, outcome, kind)",
    ):
        db.execute(statement)


@migrations()
def m009_families(db: Database) -> None:
    """Families: pieces that are alike, what a person said of them; and all that a dataset version declares."""
    for statement in (
        """CREATE TABLE near_pairs (
            first TEXT NOT NULL REFERENCES pieces (id) ON DELETE CASCADE,
            second TEXT NOT NULL REFERENCES pieces (id) ON DELETE CASCADE,
            similarity REAL NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID""",
        "CREATE INDEX near_pairs_second ON near_pairs (second)",
        """CREATE TABLE families (
            piece TEXT PRIMARY KEY REFERENCES pieces (id) ON DELETE CASCADE,
            family TEXT NOT NULL) WITHOUT ROWID""",
        "CREATE INDEX families_family ON families (family)",
        """CREATE TABLE family_corrections (
            first TEXT NOT NULL REFERENCES pieces (id) ON DELETE CASCADE,
            second TEXT NOT NULL REFERENCES pieces (id) ON DELETE CASCADE,
            kind TEXT NOT NULL, created TEXT NOT NULL, PRIMARY KEY (first, second)) WITHOUT ROWID""",
        """ALTER TABLE datasets ADD COLUMN augmentation TEXT NOT NULL
            DEFAULT '{"semitones": [], "keys": [], "tempos": [], "velocities": []}'""",
        "ALTER TABLE datasets DROP COLUMN transpositions",  # none was ever other than [0]
        "ALTER TABLE datasets ADD COLUMN stratify TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE datasets ADD COLUMN least_notes INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE datasets ADD COLUMN window_bars INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE datasets ADD COLUMN note TEXT NOT NULL DEFAULT ''",
        "ALTER TABLE datasets ADD COLUMN tags TEXT NOT NULL DEFAULT '{}'",
        "CREATE INDEX datasets_fingerprint ON datasets (fingerprint)",
    ):
        db.execute(statement)


@migrations()
def m011_explanations(db: Database) -> None:
    """What each token of a composition was drawn among."""
    db.execute("ALTER TABLE compositions ADD COLUMN explanation BLOB NOT NULL DEFAULT x''")


@migrations()
def m010_history_and_searches(db: Database) -> None:
    """What people changed, with the values before; searches by name; and columns that indices answer from.

    Columns generated from JSON cost its parsing for every row that is looked at, so they become real ones.
    """
    facts = ("key TEXT", "meter TEXT", "bars INTEGER", "notes INTEGER", "parts INTEGER")
    for name in ("title", "collection", "key", "meter"):
        db.execute(f"DROP INDEX pieces_{name}")
    for column in facts:
        name = column.split()[0]
        db.execute(f"ALTER TABLE pieces DROP COLUMN {name}")
        db.execute(f"ALTER TABLE pieces ADD COLUMN {column}")
        db.execute(f"UPDATE pieces SET {name} = json_extract(facts, '$.{name}')")
    for name in ("title", "composer", "collection", "key", "meter", "kind"):
        db.execute(f"CREATE INDEX pieces_{name} ON pieces ({name} COLLATE NOCASE, id)")
    for name in ("bars", "notes", "parts", "created"):
        db.execute(f"CREATE INDEX pieces_{name} ON pieces ({name}, id)")
    for statement in (
        "DROP INDEX tags_name",
        "CREATE INDEX tags_name ON tags (name, value, piece)",
        """CREATE TABLE changes (
            id INTEGER PRIMARY KEY, made TEXT NOT NULL, who TEXT NOT NULL, words TEXT NOT NULL,
            pieces INTEGER NOT NULL, undone TEXT, undone_by TEXT)""",
        """CREATE TABLE change_values (
            change INTEGER NOT NULL REFERENCES changes (id) ON DELETE CASCADE,
            piece TEXT NOT NULL, field TEXT NOT NULL, before TEXT, after TEXT,
            restored INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (change, piece, field)) WITHOUT ROWID""",
        """CREATE TABLE searches (
            name TEXT PRIMARY KEY, query TEXT NOT NULL, created TEXT NOT NULL)""",
    ):
        db.execute(statement)


@migrations()
def m012_listing(db: Database) -> None:
    """One index with all columns that a query can name; it orders by the time of being added besides."""
    texts = ("title", "composer", "collection", "key", "meter", "kind")
    columns = ", ".join(f"{name} COLLATE NOCASE" for name in texts)
    db.execute("DROP INDEX pieces_created")
    db.execute(
        f"CREATE INDEX pieces_listing ON pieces (created, id, {columns}, bars, notes, parts)"
    )


@migrations()
def m013_edition(db: Database) -> None:
    """A number that grows with every change of the library, so that what was counted once can be kept."""
    db.execute("CREATE TABLE editions (number INTEGER NOT NULL)")
    db.execute("INSERT INTO editions VALUES (0)")


@migrations()
def m014_comparing_runs(db: Database) -> None:
    """What a person says of a run, what it cost, and columns to list runs by; the order of the queue; preferences.

    The sums over a run's epochs stand in its row: a list of a thousand runs would read a million rows for them.
    """
    for column in (
        "note TEXT NOT NULL DEFAULT ''",
        "tags TEXT NOT NULL DEFAULT '[]'",
        "pinned INTEGER NOT NULL DEFAULT 0",
        "archived INTEGER NOT NULL DEFAULT 0",
        "architecture TEXT NOT NULL DEFAULT ''",
        "tokenizer TEXT NOT NULL DEFAULT ''",
        "configuration TEXT NOT NULL DEFAULT ''",
        "epoch INTEGER NOT NULL DEFAULT 0",
        "best_loss REAL",
        "seconds REAL NOT NULL DEFAULT 0",
        "cpu_seconds REAL",
        "held_out REAL",
        "baseline REAL",
        "machine TEXT NOT NULL DEFAULT '{}'",
    ):
        db.execute(f"ALTER TABLE runs ADD COLUMN {column}")
    db.execute(
        """UPDATE runs SET architecture = json_extract(spec, '$.model.architecture'),
            tokenizer = json_extract(spec, '$.tokenizer.name'),
            held_out = json_extract(evaluation, '$.test.nats_per_quarter'),
            baseline = json_extract(evaluation, '$.baseline.nats_per_quarter'),
            (epoch, best_loss, seconds) = (SELECT coalesce(max(epoch), 0), min(valid_loss),
                coalesce(sum(seconds), 0) FROM epochs WHERE run = runs.id)"""
    )
    for statement in (
        "CREATE INDEX runs_configuration ON runs (configuration)",
        "ALTER TABLE jobs ADD COLUMN place INTEGER NOT NULL DEFAULT 0",
        "ALTER TABLE jobs ADD COLUMN asked_by TEXT NOT NULL DEFAULT ''",
        "DROP INDEX jobs_state",
        "CREATE INDEX jobs_state ON jobs (state, lane, place, created)",
        "CREATE TABLE preferences (name TEXT PRIMARY KEY, value TEXT NOT NULL)",
    ):
        db.execute(statement)


@migrations()
def m015_training_watched(db: Database) -> None:
    """Epochs without a validation, what else is measured of an epoch, and models that are kept by themselves."""
    kept = "run, epoch, train_loss, valid_loss, valid_accuracy, learning_rate, tokens_per_second, seconds"
    for statement in (
        """CREATE TABLE new_epochs (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, epoch INTEGER NOT NULL,
            train_loss REAL NOT NULL, valid_loss REAL, valid_accuracy REAL,
            learning_rate REAL NOT NULL, tokens_per_second REAL NOT NULL, seconds REAL NOT NULL,
            train_accuracy REAL, gradient_norm REAL, cpu_cores REAL, memory_mb REAL,
            PRIMARY KEY (run, epoch)) WITHOUT ROWID""",
        f"INSERT INTO new_epochs ({kept}) SELECT {kept} FROM epochs",
        "DROP TABLE epochs",
        "ALTER TABLE new_epochs RENAME TO epochs",
        """CREATE TABLE new_checkpoints (
            run TEXT NOT NULL REFERENCES runs (id) ON DELETE CASCADE, kind TEXT NOT NULL,
            epoch INTEGER NOT NULL, valid_loss REAL, path TEXT NOT NULL,
            PRIMARY KEY (run, kind)) WITHOUT ROWID""",
        "INSERT INTO new_checkpoints SELECT * FROM checkpoints",
        "DROP TABLE checkpoints",
        "ALTER TABLE new_checkpoints RENAME TO checkpoints",
    ):
        db.execute(statement)
    # A configuration's name leaves out what is at its default, so that it outlives new settings.
    usual = {
        "epochs": 20, "learning_rate": 2e-3, "batch_size": 64, "window": 64, "patience": 5, "weight_decay": 0.01,
        "clip_norm": 1.0, "mixed_precision": False,
    }  # fmt: skip
    for row in list(db.query("SELECT id, spec, dataset_fingerprint FROM runs")):
        spec = json.loads(row["spec"])
        training = spec["training"].items()
        spec["training"] = {n: v for n, v in training if n != "seed" and v != usual.get(n)}
        words = json.dumps([spec, row["dataset_fingerprint"]], sort_keys=True)
        key = hashlib.sha256(words.encode()).hexdigest()[:12]
        db.execute("UPDATE runs SET configuration = ? WHERE id = ?", [key, row["id"]])


@migrations()
def m016_sweeps(db: Database) -> None:
    """Searches for good settings, and the runs that are their trials.

    Whatever ends a trial, in whichever process (a trainer, a page, a claim that finds its workers dead), the triggers queue the choice of the
    next one in the same transaction: nothing can come in between. A choice that is stopped or fails ends its sweep.
    """
    for statement in (
        """CREATE TABLE sweeps (
            id TEXT PRIMARY KEY, spec TEXT NOT NULL, job TEXT NOT NULL, dataset_fingerprint TEXT NOT NULL,
            state TEXT NOT NULL DEFAULT 'running', trials INTEGER, minutes REAL, deadline REAL,
            begun_at INTEGER NOT NULL DEFAULT 0, importance TEXT NOT NULL DEFAULT '{}',
            message TEXT NOT NULL DEFAULT '', created TEXT NOT NULL, ended TEXT, asked_by TEXT NOT NULL)""",
        "CREATE INDEX sweeps_created ON sweeps (created)",
        """CREATE TABLE sweep_trials (
            sweep TEXT NOT NULL REFERENCES sweeps (id) ON DELETE CASCADE, number INTEGER NOT NULL,
            run TEXT NOT NULL UNIQUE REFERENCES runs (id) ON DELETE CASCADE, settings TEXT NOT NULL,
            paused INTEGER NOT NULL DEFAULT 0, PRIMARY KEY (sweep, number)) WITHOUT ROWID""",
        """CREATE TRIGGER sweep_goes_on AFTER UPDATE OF state ON jobs
            WHEN NEW.kind = 'train' AND NEW.state IN ('done', 'stopped', 'failed')
                AND json_extract(NEW.spec, '$.trial.sweep') IS NOT NULL
            BEGIN
                INSERT INTO jobs (id, kind, lane, spec, title, state, place, created, asked_by)
                SELECT lower(hex(randomblob(6))), 'sweep', 'train', json_object('sweep', sweeps.id),
                    'Choosing settings', 'waiting', -1000000,
                    strftime('%Y-%m-%dT%H:%M:%f000+00:00', 'now'), 'sweep'
                FROM sweeps WHERE id = json_extract(NEW.spec, '$.trial.sweep') AND sweeps.state = 'running'
                    AND NOT EXISTS (SELECT 1 FROM jobs WHERE lane = 'train' AND jobs.state = 'waiting'
                        AND kind = 'sweep' AND json_extract(spec, '$.sweep') = sweeps.id);
            END""",
        """CREATE TRIGGER sweep_ends AFTER UPDATE OF state ON jobs
            WHEN NEW.kind = 'sweep' AND NEW.state IN ('stopped', 'failed')
            BEGIN
                UPDATE sweeps SET state = NEW.state, message = NEW.message, ended = NEW.ended
                WHERE id = json_extract(NEW.spec, '$.sweep') AND state = 'running';
            END""",
    ):
        db.execute(statement)


@migrations()
def m017_candidates(db: Database) -> None:
    """What was drawn for a composition, and how near it came to its goals."""
    db.execute("ALTER TABLE compositions ADD COLUMN candidates TEXT NOT NULL DEFAULT '[]'")


@migrations()
def m018_listening(db: Database) -> None:
    """Blind listening tests: clips, questions, listeners without names, and their answers."""
    for statement in (
        """CREATE TABLE listening_tests (
            code TEXT PRIMARY KEY, name TEXT NOT NULL, spec TEXT NOT NULL, state TEXT NOT NULL,
            job TEXT NOT NULL REFERENCES jobs (id), created TEXT NOT NULL)""",
        """CREATE TABLE listening_clips (
            test TEXT NOT NULL REFERENCES listening_tests (code) ON DELETE CASCADE, number INTEGER NOT NULL,
            source TEXT NOT NULL, title TEXT NOT NULL, piece TEXT NOT NULL, file TEXT NOT NULL, request TEXT,
            is_heard INTEGER, seconds REAL NOT NULL DEFAULT 0, lufs REAL NOT NULL DEFAULT 0,
            PRIMARY KEY (test, number)) WITHOUT ROWID""",
        """CREATE TABLE listening_trials (
            test TEXT NOT NULL REFERENCES listening_tests (code) ON DELETE CASCADE, number INTEGER NOT NULL,
            first INTEGER NOT NULL, second INTEGER, PRIMARY KEY (test, number)) WITHOUT ROWID""",
        """CREATE TABLE listeners (
            token TEXT PRIMARY KEY, test TEXT NOT NULL REFERENCES listening_tests (code) ON DELETE CASCADE,
            created TEXT NOT NULL)""",
        "CREATE INDEX listeners_test ON listeners (test, created)",
        """CREATE TABLE listening_answers (
            listener TEXT NOT NULL REFERENCES listeners (token) ON DELETE CASCADE, trial INTEGER NOT NULL,
            answer TEXT NOT NULL, seconds REAL NOT NULL, created TEXT NOT NULL,
            PRIMARY KEY (listener, trial)) WITHOUT ROWID""",
    ):
        db.execute(statement)


@migrations()
def m019_keeping_compositions(db: Database) -> None:
    """What a person says of compositions, what each came out of, and the text they are found by.

    The text is kept by triggers, so whatever changes a composition changes it too. A parent may be thrown away for good: its
    children still know that they are brothers and sisters.
    """
    for column in (
        "rating INTEGER NOT NULL DEFAULT 0",
        "note TEXT NOT NULL DEFAULT ''",
        "tags TEXT NOT NULL DEFAULT '[]'",
        "folder TEXT NOT NULL DEFAULT ''",
        "deleted TEXT",
        "parent TEXT NOT NULL DEFAULT ''",
        "origin TEXT NOT NULL DEFAULT ''",
    ):
        db.execute(f"ALTER TABLE compositions ADD COLUMN {column}")
    words = "title || ' ' || note || ' ' || tags || ' ' || folder || ' ' || model"
    insert = f"""INSERT INTO composition_search (rowid, text)
        SELECT rowid, {words} FROM compositions"""
    for statement in (
        "DROP INDEX compositions_created",
        """CREATE INDEX compositions_listing
            ON compositions (deleted, created, id, title, folder, rating, model, tags)""",
        "CREATE INDEX compositions_parent ON compositions (parent)",
        """CREATE VIRTUAL TABLE composition_search
            USING fts5 (text, tokenize='unicode61 remove_diacritics 2')""",
        insert,
        f"""CREATE TRIGGER composition_added AFTER INSERT ON compositions
            BEGIN {insert} WHERE id = NEW.id; END""",
        f"""CREATE TRIGGER composition_changed AFTER UPDATE OF title, note, tags, folder ON compositions
            WHEN (NEW.title, NEW.note, NEW.tags, NEW.folder) IS NOT (OLD.title, OLD.note, OLD.tags, OLD.folder)
            BEGIN
                DELETE FROM composition_search WHERE rowid = OLD.rowid;
                {insert} WHERE id = NEW.id;
            END""",
        """CREATE TRIGGER composition_gone AFTER DELETE ON compositions
            BEGIN DELETE FROM composition_search WHERE rowid = OLD.rowid; END""",
        """CREATE TABLE feedback (
            composition TEXT NOT NULL REFERENCES compositions (id) ON DELETE CASCADE,
            bar INTEGER NOT NULL DEFAULT 0, value TEXT NOT NULL, created TEXT NOT NULL, who TEXT NOT NULL,
            PRIMARY KEY (composition, bar)) WITHOUT ROWID""",
    ):
        db.execute(statement)


@migrations()
def m020_edits(db: Database) -> None:
    """What a person changed in the notes of a composition."""
    db.execute("ALTER TABLE compositions ADD COLUMN edits TEXT NOT NULL DEFAULT '{}'")


@migrations()
def m021_processes(db: Database) -> None:
    """Which process holds a lease or signed on, so that its death is seen at once; empty where nobody can tell."""
    for table in ("jobs", "workers"):
        db.execute(f"ALTER TABLE {table} ADD COLUMN process TEXT NOT NULL DEFAULT ''")
