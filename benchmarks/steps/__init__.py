"""Answers at each time step: tasks whose truth is known step by step."""
