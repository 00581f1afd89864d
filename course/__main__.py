"""`python -m course`: the `course` command, where its script is not on the path.

Not for anything else.
"""

from course.cli import main

if __name__ == "__main__":
    main()
