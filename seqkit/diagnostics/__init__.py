"""Diagnostics: why a recurrent network forgets, in numbers, pictures and words.

Names are resolved when they are first used, so that importing this package imports neither torch nor matplotlib.
"""

from typing import TYPE_CHECKING

from seqkit.lazy import lazy

if TYPE_CHECKING:
    from seqkit.diagnostics.activations import Activations as Activations
    from seqkit.diagnostics.activations import Unit as Unit
    from seqkit.diagnostics.activations import plot_text as plot_text
    from seqkit.diagnostics.activations import read_activations as read_activations
    from seqkit.diagnostics.activations import text_html as text_html
    from seqkit.diagnostics.alignment import Alignment as Alignment
    from seqkit.diagnostics.alignment import align as align
    from seqkit.diagnostics.alignment import alignment_html as alignment_html
    from seqkit.diagnostics.alignment import plot_alignment as plot_alignment
    from seqkit.diagnostics.callback import GradientCallback as GradientCallback
    from seqkit.diagnostics.gates import Gate as Gate
    from seqkit.diagnostics.gates import SigmoidWatch as SigmoidWatch
    from seqkit.diagnostics.gates import gate_saturation as gate_saturation
    from seqkit.diagnostics.gradient import Curve as Curve
    from seqkit.diagnostics.gradient import GradientThroughTime as GradientThroughTime
    from seqkit.diagnostics.gradient import gradient_through_time as gradient_through_time
    from seqkit.diagnostics.inspection import Inspection as Inspection
    from seqkit.diagnostics.inspection import inspect_model as inspect_model
    from seqkit.diagnostics.jacobian import Spectrum as Spectrum
    from seqkit.diagnostics.jacobian import jacobian_spectrum as jacobian_spectrum
    from seqkit.diagnostics.jacobian import step_jacobian as step_jacobian
    from seqkit.diagnostics.lyapunov import Exponents as Exponents
    from seqkit.diagnostics.lyapunov import lyapunov_exponents as lyapunov_exponents
    from seqkit.diagnostics.plots import plot_gates as plot_gates
    from seqkit.diagnostics.plots import plot_gradient as plot_gradient
    from seqkit.diagnostics.plots import plot_spectrum as plot_spectrum
    from seqkit.diagnostics.recording import Moment as Moment
    from seqkit.diagnostics.recording import Trace as Trace
    from seqkit.diagnostics.recording import record as record
    from seqkit.diagnostics.report import write_report as write_report
    from seqkit.diagnostics.units import FEATURES as FEATURES
    from seqkit.diagnostics.units import Follower as Follower
    from seqkit.diagnostics.units import UnitSearch as UnitSearch
    from seqkit.diagnostics.units import find_units as find_units
    from seqkit.diagnostics.verdict import LayerReport as LayerReport
    from seqkit.diagnostics.verdict import Verdict as Verdict

_HOME = {
    "Activations": "activations",
    "Alignment": "alignment",
    "Curve": "gradient",
    "Exponents": "lyapunov",
    "FEATURES": "units",
    "Follower": "units",
    "Gate": "gates",
    "GradientCallback": "callback",
    "GradientThroughTime": "gradient",
    "Inspection": "inspection",
    "LayerReport": "verdict",
    "Moment": "recording",
    "SigmoidWatch": "gates",
    "Spectrum": "jacobian",
    "Trace": "recording",
    "Unit": "activations",
    "UnitSearch": "units",
    "Verdict": "verdict",
    "align": "alignment",
    "alignment_html": "alignment",
    "find_units": "units",
    "gate_saturation": "gates",
    "gradient_through_time": "gradient",
    "inspect_model": "inspection",
    "jacobian_spectrum": "jacobian",
    "lyapunov_exponents": "lyapunov",
    "plot_alignment": "alignment",
    "plot_gates": "plots",
    "plot_gradient": "plots",
    "plot_spectrum": "plots",
    "plot_text": "activations",
    "read_activations": "activations",
    "record": "recording",
    "step_jacobian": "jacobian",
    "text_html": "activations",
    "write_report": "report",
}

__all__ = [*_HOME]

__getattr__, __dir__ = lazy(__name__, _HOME)
