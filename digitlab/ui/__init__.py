"""The pages' parts; the only room, with pages/, that imports Streamlit."""
