import csv
import io

import pytest

from workbench.core.errors import InvalidSetting
from workbench.core.tables import Column, write_table

COLUMNS = [Column("name", "Name_1"), Column("loss", "Loss", 3, "width"), Column("size", "Size", 0)]
ROWS = [
    {"name": "a|b & 50%", "loss": 1.23456, "width": 0.0123, "size": 12345},
    {"name": "c", "loss": None, "width": None, "size": None},
]


def test_csv_has_exact_numbers():
    rows = list(csv.DictReader(io.StringIO(write_table(ROWS, COLUMNS, "csv", "a note"))))
    assert rows[0] == {"name": "a|b & 50%", "loss": "1.23456", "width": "0.0123", "size": "12345"}
    assert rows[1] == {"name": "c", "loss": "", "width": "", "size": ""}


def test_markdown_is_a_table_whatever_stands_in_it():
    lines = write_table(ROWS, COLUMNS, "md", "a note").splitlines()
    assert lines[1] == "| --- | ---: | ---: |"
    assert lines[2] == r"| a\|b & 50% | 1.235 ± 0.012 | 12,345 |"
    assert lines[3] == "| c | – | – |"
    assert lines[-1] == "a note"


def test_latex_escapes_what_means_something_to_it():
    text = write_table(ROWS, COLUMNS, "latex", "a note")
    assert r"Name\_1 & Loss & Size \\" in text
    assert r"a|b \& 50\% & 1.235 $\pm$ 0.012 & 12,345 \\" in text
    assert r"\begin{tabular}{lrr}" in text
    assert r"a note}" in text.partition(r"\end{tabular}")[2]


def test_latex_knows_the_marks_of_a_leaderboard():
    """pdflatex stops at a sign that it has no definition of."""
    marked = [{"name": "● best ○ as good"}]
    text = write_table(marked, [Column("name", "Name")], "latex", "● is the best, 5 ± 1, 5–7.")
    assert text.isascii()
    assert (
        r"$\bullet$ best $\circ$ as good" in text
        and r"\footnotesize $\bullet$ is the best, 5 $\pm$ 1, 5--7." in text
    )


def test_another_form_is_refused():
    with pytest.raises(InvalidSetting, match="csv, latex, md"):
        write_table(ROWS, COLUMNS, "docx")
