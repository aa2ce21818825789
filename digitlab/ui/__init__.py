"""The pages' parts; the only room, with pages/ and app.py, that imports Streamlit."""
