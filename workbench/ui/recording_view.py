"""A recording of the library on a page: its sound, its waveform, and its mel spectrogram."""

import streamlit as st

from workbench.core.piece import Piece
from workbench.rendering.recordings import mel_spectrogram, outline
from workbench.services import library
from workbench.ui import charts
from workbench.workspace import Workspace


def music(workspace: Workspace, piece: Piece) -> None:
    """The player, where the file is still there, and the thumbnails."""
    recording = library.recording(workspace, piece.id)
    file = library.recording_file(workspace, piece)
    if file is None:
        st.caption("The sound file is no longer there; import it again to hear it.")
    else:
        st.audio(file)
    wave, mel = st.tabs(["Waveform", "Mel spectrogram"], key=f"views.{piece.id}")
    with wave:
        alt = f"Waveform of {piece.title}"
        charts.show(outline(recording), key=f"waveform.{piece.id}", alt=alt)
    with mel:
        alt = f"Mel spectrogram of {piece.title}: low sounds below, high ones above"
        charts.show(
            mel_spectrogram(recording.mel, recording.seconds), key=f"mel.{piece.id}", alt=alt
        )
