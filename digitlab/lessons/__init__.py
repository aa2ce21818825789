"""The five tutorials as lessons: data that the page /learn shows, and one Keras program each."""
