"""A first profile for an unknown file: what is guessed of its shape, its columns, their dates and numbers, and why.

``drafting`` puts it together. What is guessed here stands in the draft for a person to read; no import guesses.
"""
