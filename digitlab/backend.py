"""The one place that imports TensorFlow and Keras, with the settings that must be made before that.

Importing this module takes seconds, so everything else imports it inside the functions that need it.
"""

import os
import re
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from digitlab import home

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ["KERAS_HOME"] = str(home.path() / "keras")  # Keras would write to ~/.keras

# TensorFlow's native code greets on standard error whatever log level is asked for: that it looked for a GPU and which
# instructions it uses. These lines are dropped; anything else said meanwhile is passed on.
_GREETING = re.compile(rb"absl::InitializeLog|/?(port|cudart_stub|cuda_platform|cpu_feature_guard|cuda_executor)\.cc:")


@contextmanager
def _without_greeting() -> Iterator[None]:
    sys.stderr.flush()
    kept = os.dup(2)
    with tempfile.TemporaryFile() as said:
        os.dup2(said.fileno(), 2)
        try:
            yield
        finally:
            sys.stderr.flush()
            os.dup2(kept, 2)
            os.close(kept)
            said.seek(0)
            for line in said:
                if not _GREETING.search(line):
                    os.write(2, line)


with _without_greeting():
    import keras
    import tensorflow as tf

    for _gpu in tf.config.list_physical_devices("GPU"):
        tf.config.experimental.set_memory_growth(_gpu, True)  # leave room for the next run and for the page
    tf.config.list_logical_devices()  # starts the devices now, while the greeting is caught

__all__ = ["device", "gpus", "keras", "tf"]


def gpus() -> list[Any]:
    """The GPUs that TensorFlow can use."""
    return list(tf.config.list_physical_devices("GPU"))


def device() -> str:
    """What computes here: the first GPU's name, or the number of processor cores, as cards have it."""
    found = gpus()
    if found:
        return str(tf.config.experimental.get_device_details(found[0]).get("device_name", "GPU"))
    return f"CPU, {os.cpu_count()} cores"
