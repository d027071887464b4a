"""Sentences of a reply in any script: where they end, what they deny, suppose, decline or list."""
