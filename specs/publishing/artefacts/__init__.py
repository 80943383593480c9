"""The files of `dist/specs` that machines read; README.md lists their addresses."""
