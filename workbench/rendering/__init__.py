"""Music made visible and audible: engraving, piano roll, waveform, sound.

Nothing here reads or writes a file format of its own: an engraving begins with MusicXML text, sound with
the bytes of a MIDI file, figures with a ``Score`` or samples. ``services`` puts them together.
"""
