"A Jupyter-based literature review toolkit: from a folder of exports, clippings and PDFs to a review that can be checked"
