"""Every exception that seqkit raises on purpose, one sentence each.

Each is also the built-in exception a caller would expect, so code that knows nothing of seqkit catches it too.
"""


class SeqkitError(Exception):
    """The root of all errors that seqkit raises on purpose."""


class ConfigError(SeqkitError, ValueError):
    """A configuration field is unknown, has the wrong type, or lies outside its range."""


class CheckpointError(SeqkitError, OSError):
    """A saved model cannot be loaded exactly, or a training's checkpoint cannot be written or gone on from: why."""


class DataError(SeqkitError, ValueError):
    """A data file, a column, a label or a batch is not what the task needs."""


class TokenizerError(SeqkitError, ValueError):
    """A tokenizer cannot be trained or loaded from what it was given."""


class StateError(SeqkitError, ValueError):
    """A recurrent state does not fit the model, the batch or the call."""


class ExportError(SeqkitError, ValueError):
    """A model cannot be exported so that it stays right; the message names what stands in the way."""


class DivergenceError(SeqkitError, ArithmeticError):
    """A training's loss or gradient is no longer a number; it has stopped, and nothing saved was touched."""


class HubError(SeqkitError, OSError):
    """A folder is not ready to be shared, or the hub could not be reached or refused: why, and what to do."""


class PluginError(SeqkitError, ValueError):
    """The root of all errors about plugins."""


class UnknownPlugin(PluginError):
    """No plugin of this name is installed; the message gives the nearest name."""


class AmbiguousPlugin(PluginError):
    """Two distributions offer a plugin of this name; the message gives both qualified names."""


class DisabledPlugin(PluginError):
    """The plugin is installed, but `SEQKIT_PLUGINS` leaves it out."""


class IncompatiblePlugin(PluginError):
    """The plugin's own requirement on seqkit excludes the installed version."""


class BrokenPlugin(PluginError):
    """The plugin failed while it was imported, or is not what its entry point promises."""


class MissingPlugin(PluginError):
    """A checkpoint names a distribution that is not installed."""
