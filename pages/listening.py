"""Listening: blind tests. With a code in the address the listener's screen, without one the teacher's."""

from workbench.services import listening
from workbench.ui import chosen, frame, listener, listening_form, listening_view

if frame.is_for_listeners():
    with frame.stage() as workspace:
        listener.show(workspace)
else:
    with frame.page("listening") as workspace:
        test = chosen.looked_up("test", lambda code: listening.get(workspace, code))
        if test is not None:
            listening_view.show(workspace, test)
        else:
            listener.door()
            listening_form.new(workspace)
            listening_view.all_tests(workspace)
