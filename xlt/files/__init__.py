"""Files: where templates are, YAML read safely, and files that are whole or not there."""
