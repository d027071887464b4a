"""Sentences of a reply in any script: where they end, what they deny, suppose, decline or list."""

from xlt.answers.sentences.splitting import line_end, sentences, skip_blank
from xlt.answers.sentences.view import View

__all__ = ["View", "line_end", "sentences", "skip_blank"]
