"""A million tokens through `generate()`: what memory grows by, and what the last token costs against the first.

    python benchmarks/memory.py [--tokens 1000000] [--chunk 1000] [--quick]

One LSTM layer of 256, vocabulary 100, sampling, one thread; a `Stream` that writes on chunk by chunk. The first tenth
is warm-up. Growth is the least squares line through the resident memory of the rest, end less beginning; time per token
is the median over the last fifth of the chunks against the first fifth after the warm-up. Writes
benchmarks/results/memory.json. Takes about three minutes.
"""

import os
import resource
import statistics
import time
from pathlib import Path

import numpy as np
import torch
from common import arguments, origin, threads, write

from seqkit import RNNConfig, RNNForCausalLM
from seqkit.generation import Stream

VOCABULARY = 100
GROWTH, DRIFT = 1.0, 0.05
"""Most that memory may grow by, in MB, and that the time per token may rise by."""


def resident() -> float:
    """Return the memory that this process holds, in MB (10^6 bytes)."""
    try:
        pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    except OSError:
        # The most it ever held: where the system tells no more, growth is still seen.
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1000
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6


def write_on(stream: Stream, chunks: int, size: int) -> tuple[np.ndarray, np.ndarray]:
    """Write chunk by chunk; return memory in MB, and seconds of the processor per token, after each."""
    # Filled before, so that what is noted takes no memory of its own.
    memory, seconds = np.ones(chunks), np.ones(chunks)
    for index in range(chunks):
        started = time.process_time()
        stream.generate(max_new_tokens=size, do_sample=True, top_k=50, pad_token_id=0)
        seconds[index] = (time.process_time() - started) / size
        memory[index] = resident()
        if (index + 1) % max(1, chunks // 10) == 0:
            rate = 1 / statistics.median(seconds[max(0, index - 50) : index + 1])
            print(f"{(index + 1) * size:>10,} tokens  {memory[index]:8.2f} MB  {rate:>8,.0f} tokens/s", flush=True)
    return memory, seconds


def main() -> None:
    parser = arguments(__doc__, rounds=1)
    parser.add_argument("--tokens", type=int, default=1_000_000)
    parser.add_argument("--chunk", type=int, default=1_000)
    parser.add_argument("--hidden-size", type=int, default=256)
    options = parser.parse_args()
    hidden, size, tokens = (8, 10, 500) if options.quick else (options.hidden_size, options.chunk, options.tokens)
    torch.manual_seed(0)
    model = RNNForCausalLM(RNNConfig(vocab_size=VOCABULARY, hidden_size=hidden)).eval()
    started = time.perf_counter()
    with threads(1):
        stream = Stream(model).feed([1])
        memory, seconds = write_on(stream, tokens // size, size)
    warm = len(memory) // 10
    memory, seconds = memory[warm:], seconds[warm:]
    slope = float(np.polyfit(np.arange(len(memory)), memory, 1)[0])
    fifth = max(1, len(seconds) // 5)
    result = {
        "tokens": len(stream),
        "chunk": size,
        "hidden_size": hidden,
        "growth_megabytes": round(slope * (len(memory) - 1), 3),
        "growth_between_ends_megabytes": round(float(memory[-1] - memory[0]), 3),
        "growth_allowed": GROWTH,
        "time_end_over_start": round(float(np.median(seconds[-fifth:]) / np.median(seconds[:fifth])), 4),
        "time_allowed": 1 + DRIFT,
        "tokens_per_second": round(1 / float(np.median(seconds))),
        "minutes": round((time.perf_counter() - started) / 60, 1),
        "quick": options.quick,
    }
    write(options.output, "memory", result | origin(1))
    print(
        f"memory grew by {result['growth_megabytes']} MB ({result['growth_between_ends_megabytes']} from end to end);"
    )
    print(f"a token at the end takes {result['time_end_over_start']} of its time at the start")
    print(f"{result['minutes']} minutes")


if __name__ == "__main__":
    main()
