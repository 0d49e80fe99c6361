"""What the pages are made of: session state, forms, charts, the score player. Streamlit only."""
