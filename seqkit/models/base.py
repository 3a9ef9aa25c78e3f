"""What every seqkit model is: a `PreTrainedModel` that begins well, loads strictly and says how it runs."""

import os
import re
from pathlib import Path
from typing import Any, Self

from torch import Tensor, nn
from transformers import PreTrainedModel, initialization

from seqkit import auto
from seqkit.cells.base import Cell
from seqkit.config import RNNConfig
from seqkit.engine import Plan, choose
from seqkit.errors import CheckpointError, ConfigError
from seqkit.files import staged
from seqkit.folder import KNOWN
from seqkit.manifest import MANIFEST
from seqkit.models.layers import RNNLayer
from seqkit.models.loading import check_folder, check_tensors
from seqkit.pushing import Pushed

ALIGNMENT = 64
"""Where torch begins its memory on a CPU: at a multiple of so many bytes."""


WEIGHTS = re.compile(r"model(-\d{5}-of-\d{5})?\.safetensors(\.index\.json)?")
"""Files of weights, whole or in parts."""


class RNNPreTrainedModel(Pushed, PreTrainedModel):
    """Base of all seqkit models: weights, loading, saving and `explain()`."""

    config: RNNConfig
    config_class = RNNConfig
    # The Auto class that gives this head, such as "AutoModelForTokenClassification"; every head names its own.
    auto_class_name: str | None = None
    base_model_prefix = "model"
    main_input_name = "input_ids"
    supports_gradient_checkpointing = True
    accepts_loss_kwargs = True
    # transformers refuses assisted decoding to models that say True; an RNNCache can go back, so this one need not.
    _is_stateful = False
    _no_split_modules = ["RNNLayer"]
    is_encoder_decoder = False
    """Whether the class is one; its configuration must say the same."""
    takes_memory = False
    """Whether the class looks at `encoder_hidden_states`; no other may be given `add_cross_attention`."""
    is_int8 = False
    """Whether weights are in 8 bits, which `seqkit.generation.quantize` makes them."""

    def __init__(self, config: RNNConfig, *args: Any, **kwargs: Any) -> None:
        config.check()
        if config.is_encoder_decoder != self.is_encoder_decoder:
            kind = "an" if self.is_encoder_decoder else "no"
            raise ConfigError(
                f"{type(self).__name__} is {kind} encoder-decoder. Set is_encoder_decoder={self.is_encoder_decoder}."
            )
        if config.add_cross_attention and not self.takes_memory:
            raise ConfigError(
                f"add_cross_attention is True, but {type(self).__name__} looks at no encoder's outputs. Take "
                "RNNForCausalLM or RNNForConditionalGeneration, or set it False."
            )
        super().__init__(config, *args, **kwargs)
        # transformers reads the loss off the name of the class, which may be a plugin's own.
        self.loss_type = (self.auto_class_name or "").removeprefix("AutoModel") or None
        if config.num_features:
            self.main_input_name = "input_features"

    def _init_weights(self, module: nn.Module) -> None:
        """Initialise what a checkpoint lacks; transformers guards what it holds."""
        if isinstance(module, Cell):
            module.reset_parameters()
            module.reset_buffers()
        elif isinstance(module, RNNLayer):
            module.reset_initial_state()
        elif isinstance(module, nn.Embedding):
            initialization.normal_(module.weight, 0.0, self.config.initializer_range)
        elif isinstance(module, nn.Linear):
            # Heads are few and shallow: Glorot keeps their first scores near the uniform guess at any width.
            initialization.xavier_uniform_(module.weight)
            if module.bias is not None:
                initialization.zeros_(module.bias)
        elif isinstance(module, nn.LayerNorm):
            initialization.ones_(module.weight)
            initialization.zeros_(module.bias)

    @classmethod
    def from_pretrained(
        cls, pretrained_model_name_or_path: str | os.PathLike | None, *args: Any, **kwargs: Any
    ) -> Self:
        """Load a model from a folder or the hub; arguments as in `transformers.PreTrainedModel.from_pretrained`.

        Only safetensors are read. The backbone must fit exactly; the head must too if it was saved by this class.

        Raises:
            CheckpointError: naming the tensor that is missing, extra, misshaped, wrongly typed or not finite.
            ConfigError: if `config.json` holds a field that is unknown or out of range.
            PluginError: if the cell's plugin cannot be used.
        """
        if kwargs.get("use_safetensors") is False:
            raise CheckpointError("use_safetensors=False asks for a pickle, which can run code. Convert it first.")
        if pretrained_model_name_or_path is not None:
            check_folder(str(pretrained_model_name_or_path), kwargs.get("variant"), kwargs.get("subfolder") or "")
        # An Auto class knows the built-in heads only, until a folder names another.
        if auto.is_caller(kwargs) and (head := auto.head_for(cls, kwargs["config"])) is not cls:
            return head.from_pretrained(pretrained_model_name_or_path, *args, **kwargs)
        return super().from_pretrained(pretrained_model_name_or_path, *args, **{**kwargs, "use_safetensors": True})

    @classmethod
    def _from_config(cls, config: RNNConfig, **kwargs: Any) -> Self:
        """Build a model for `from_config` of an Auto class, which knows the built-in heads only."""
        head = auto.head_for(cls, config)
        return super()._from_config(config, **kwargs) if head is cls else head._from_config(config, **kwargs)

    @staticmethod
    def _load_pretrained_model(
        model: PreTrainedModel,
        state_dict: dict[str, Tensor] | None,
        checkpoint_files: list[str] | None,
        load_config: Any,
        *args: Any,
        **kwargs: Any,
    ) -> Any:
        """Check the checkpoint before transformers reads it: it would fill what is wrong with random numbers."""
        check_tensors(model, state_dict, checkpoint_files, load_config.ignore_mismatched_sizes)
        loaded = PreTrainedModel._load_pretrained_model(
            model, state_dict, checkpoint_files, load_config, *args, **kwargs
        )
        align(model)
        return loaded

    def save_pretrained(self, save_directory: str | os.PathLike, *args: Any, **kwargs: Any) -> None:
        """Save weights, configuration and what explains the folder; arguments as in `transformers.PreTrainedModel`.

        Nothing in the folder changes before all files are written and on the disk; weights of an earlier save that
        these do not replace, such as parts of a larger model, are removed.

        Raises:
            ConfigError: if the model is in 8 bits: its full weights are gone.
        """
        if self.is_int8:
            raise ConfigError("this model is in 8 bits, which no file holds. Save the model it was made from.")
        folder = Path(save_directory)
        # What is uploaded is taken from where it lies; parts of several processes are written by all of them.
        if folder.is_file() or kwargs.get("push_to_hub") or kwargs.get("distributed_checkpoint"):
            if folder.is_dir():
                (folder / MANIFEST).unlink(missing_ok=True)
            super().save_pretrained(save_directory, *args, **kwargs)
            return
        with staged(folder, KNOWN) as part:
            super().save_pretrained(part, *args, **kwargs)
            written = {path.name for path in part.iterdir()}
            # A checkpoint that is written over is that checkpoint no more.
            (folder / MANIFEST).unlink(missing_ok=True)
        if any(map(WEIGHTS.fullmatch, written)):
            for path in folder.iterdir():
                if WEIGHTS.fullmatch(path.name) and path.name not in written:
                    path.unlink()

    def train(self, mode: bool = True) -> Self:
        """Set training (or evaluation) mode.

        Raises:
            ConfigError: if the model is in 8 bits: its weights have no gradients.
        """
        if mode and self.is_int8:
            raise ConfigError("this model is in 8 bits and cannot be trained. Train the model it was made from.")
        return super().train(mode)

    @classmethod
    def register_for_auto_class(cls, auto_class: str = "AutoModel") -> None:
        """Do nothing: a saved folder points to the installed seqkit, and never carries copies of its files."""

    @property
    def rnn_layers(self) -> list[RNNLayer]:
        """The recurrent layers, the first one first."""
        return [layer for layer in self.modules() if isinstance(layer, RNNLayer)]

    @property
    def plan(self) -> Plan:
        """The plan asked for: `"auto"`, or the one that must run; set it to change it for all layers."""
        return self.rnn_layers[0].plan

    @plan.setter
    def plan(self, plan: Plan) -> None:
        for layer in self.rnn_layers:
            for cell in layer.directions:
                choose(cell, plan, layer.noise)
        for layer in self.rnn_layers:
            layer.plan = plan

    def explain(self) -> list[dict[str, Any]]:
        """Tell how each layer runs.

        Returns:
            One row per layer and direction: `layer`, `direction`, `cell`, `plan`, and `reason`, why not a faster one.
        """
        rows = []
        for index, layer in enumerate(self.rnn_layers):
            for cell, direction in zip(layer.directions, ("forward", "backward"), strict=False):
                choice = choose(cell, layer.plan, layer.noise)
                where = {"layer": index, "direction": direction, "cell": layer.cell_name}
                rows.append({**where, "plan": choice.plan, "reason": choice.reason})
        return rows


def align(model: nn.Module) -> None:
    """Move weights that lie crooked in memory, as the parts of a file do, to where torch would have put them.

    Products with them are slower, and may differ in the last bit from those of the model that was saved.
    """
    for parameter in model.parameters():
        if parameter.device.type == "cpu" and parameter.data_ptr() % ALIGNMENT:
            parameter.data = parameter.data.clone()
