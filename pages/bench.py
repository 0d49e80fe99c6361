"""Bench: is it good, is it new, and which model is better?"""

import streamlit as st

from workbench.services import benches
from workbench.ui import bench_form, bench_view, chosen, frame

with frame.page("bench") as workspace:
    bench = chosen.looked_up("bench", lambda name: benches.get(workspace, name))
    is_waiting = bench_view.waiting(workspace)
    found = benches.all(workspace)
    if bench is None and found:
        bench = benches.get(workspace, found[0].id)
    if bench is not None:
        with st.expander("Measure again, or other models", icon=":material/add:"), frame.errors():
            bench_form.show(workspace)
        bench_view.show(workspace, bench, found)
    elif not is_waiting and not bench_form.nothing_to_compare(workspace):
        bench_form.show(workspace)
