"""Builds what is published of the specifications, and judges it; not part of the distribution."""
