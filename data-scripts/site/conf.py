"""Sphinx's settings for the book of `npm run site`: stored outputs only, nothing is executed, nothing is fetched."""

project = "MCKD kit"
html_title = "MCKD kit"
extensions = ["myst_nb", "sphinx-mathjax-offline", "sphinx.ext.githubpages"]

nb_execution_mode = "off"
myst_enable_extensions = ["dollarmath", "amsmath"]
# Notebooks have $$…$$ after a line of text, too.
myst_dmath_double_inline = True
myst_heading_anchors = 4
# Pages are read in other places, too, where a first heading of level 2 is right.
suppress_warnings = ["myst.header", "mystnb.unknown_mime_type", "misc.highlighting_failure"]

html_theme = "furo"
html_static_path = ["_static"]
html_css_files = ["site.css"]
html_show_sphinx = False
html_copy_source = False
html_theme_options = {
    "light_css_variables": {"color-brand-primary": "#0060a0", "color-brand-content": "#0060a0"},
    "dark_css_variables": {"color-brand-primary": "#56b4e9", "color-brand-content": "#56b4e9"},
}
