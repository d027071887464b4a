"""A reply without its thoughts and mark-up, that knows every place in the original."""

from xlt.answers.cleaning.reply import CleanReply, clean

__all__ = ["CleanReply", "clean"]
