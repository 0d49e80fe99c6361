"""Benchmarks as a job: reading a model with a ruler, or testing the ruler."""

from dataclasses import asdict
from pathlib import Path
from time import perf_counter

from workbench.core.model_card import read_card
from workbench.core.report import Report
from workbench.jobs import BULK, Result, Spec, job
from workbench.jobs.benchmarks import BENCHMARKS
from workbench.workspace import Workspace


@job("benchmark", lane=BULK)
def benchmark(spec: Spec, workspace: Workspace, report: Report) -> Result:
    """What ``benchmark`` reads of the model in ``folder`` on ``data``, or the checks of its self-test where there is no folder."""
    ruler = BENCHMARKS.get(spec["benchmark"])
    data = Path(spec["data"]) if spec["data"] else None
    began = perf_counter()
    if not spec["folder"]:
        checks = ruler.self_test(data, report)
        return {"checks": [{**asdict(check), "holds": check.holds} for check in checks]}
    folder = Path(spec["folder"])
    assert data is not None  # the service asks for it
    ways = {"keys": spec["keys"]} if ruler.in_keys else {}
    ways |= {"recall": spec.get("recall", False)} if ruler.recalls else {}
    reading = ruler.measure(folder, data, spec["split"], report, **ways)
    return {
        "reading": {
            "benchmark": ruler.name,
            "model": spec["model"],
            "split": spec["split"],
            "value": reading.value,
            "unit": ruler.unit,
            **reading.figures,
            "parameters": read_card(folder).parameters,
            "seconds": perf_counter() - began,
            "sha256": reading.sha256,
            "remarks": [*spec["warnings"], *reading.remarks],
        }
    }
