"""The site in dist/specs: pages for people, beside the files for machines."""
