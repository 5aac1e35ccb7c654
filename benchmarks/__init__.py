"""Figures that the README cites, each made by a script here."""
