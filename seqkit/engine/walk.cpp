// Takes the steps of a recurrence one after the other, without going back to Python in between.

#include <cstring>

// A tensor of step t begins at base[t & 1] + t * stride.
struct Place {
  char* base[2];
  long stride;
};

static char* at(const Place& place, long t) { return place.base[t & 1] + t * place.stride; }

// A kernel of the step, as emit.py writes it; or, where `kernel` is null, a product that the library computes:
// result (rows, columns) = operand (rows, depth) @ matrix (depth, columns) + bias, or + what the result holds.
struct Step {
  void (*kernel)(long, char**, const long*, long);
  char** bases[2];
  const long* strides;
  void (*gemm)(const char*, const char*, const long*, const long*, const long*, const void*, const void*, const long*,
               const void*, const long*, const void*, void*, const long*);
  Place operand, result;
  const void* matrix;
  const char* bias;
  const void* one;   // the number 1 in the tensors' type
  const void* keep;  // what the result is multiplied by before: 0 or 1
  long rows, columns, depth, leading, bytes;
  char turned;
};

static void multiply(const Step& step, long t) {
  char* result = at(step.result, t);
  if (step.bias)
    for (long b = 0; b < step.rows; b++) std::memcpy(result + b * step.bytes, step.bias, step.bytes);
  // The library counts columns first: it is given all of it transposed.
  step.gemm(&step.turned, "N", &step.columns, &step.rows, &step.depth, step.one, step.matrix, &step.leading,
            at(step.operand, t), &step.depth, step.keep, result, &step.columns);
}

extern "C" void walk(const Step* steps, long count, long first, long behind, long forward) {
  for (long t = first; t != behind; t += forward)
    for (const Step* step = steps; step != steps + count; step++) {
      if (step->kernel) step->kernel(step->rows, step->bases[t & 1], step->strides, t);
      else multiply(*step, t);
    }
}
