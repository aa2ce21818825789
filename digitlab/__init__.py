"""DigitLab: see how a convolutional network reads the digits you draw."""

__version__ = "1.0.0"
