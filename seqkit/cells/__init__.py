"""The equations: one file a cell, and the contract that all of them keep."""

from seqkit.cells.adapter import AdaptedCell, adapt
from seqkit.cells.base import Cell, State, TorchKernel
from seqkit.cells.gru import GRU
from seqkit.cells.lstm import LSTM
from seqkit.cells.rnn import RNN

__all__ = ["GRU", "LSTM", "RNN", "AdaptedCell", "Cell", "State", "TorchKernel", "adapt"]
