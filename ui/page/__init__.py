"""The web page: the one door to `gradio`."""
