"""Decoding without Keras: drawing a token, the loop over a piece, and the exported graph."""
