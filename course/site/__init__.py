"""The companion: every chapter as a page to read and touch, beside its film.

Not for putting it anywhere: it is a folder of files that any web server can hand out, or nobody.
"""
