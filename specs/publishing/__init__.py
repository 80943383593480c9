"""What is made of `specs/`: the published tree, and the checks of it."""


class PublishingError(Exception):
    """An error that the user can correct; the message says how.

    Every function below this package may raise one. The commands print the message and fail.
    """
