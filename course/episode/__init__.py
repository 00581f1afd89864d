"""From a rendered chapter to a file that can be published, and from all of them to one film.

Not for rendering, and not for uploading.
"""
