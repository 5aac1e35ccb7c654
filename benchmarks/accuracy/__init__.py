"""Accuracy of classifiers over the UCR archive: runs, their comparison and its page."""
