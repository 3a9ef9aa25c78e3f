// The product of vectors and an 8-bit weight in whole numbers, with one scale a row of either.

#include <cmath>
#include <cstdint>
#include <vector>
#ifdef __AVX2__
#include <immintrin.h>
#endif

// Rows and columns are padded with zeros, to multiples of FOUR and of `wide`'s 32.
struct Weight {
  const int8_t* numbers;   // (rows, wide), -127 … 127
  const float* scales;     // (rows,)
  const int32_t* offsets;  // (rows,): 64 times the sum of a row's numbers
  long rows, columns, wide;
};

constexpr long FOUR = 4;

// Writes a row in 7 bits, 64 for 0: two products of 7 and 8 bits fit into 16. Returns the distance of two neighbours,
// NaN if the row is not finite.
static float shrink(const float* x, long count, uint8_t* to) {
  float top = 0, odd = 0;
#pragma omp simd reduction(max : top) reduction(+ : odd)
  for (long j = 0; j < count; j++) {
    const float size = std::fabs(x[j]);
    top = size > top ? size : top;
    odd += x[j] * 0;
  }
  if (odd != 0 || top < 1e-30f) return odd;
  const float scale = 63 / top;
#pragma omp simd
  for (long j = 0; j < count; j++) to[j] = (uint8_t)(int)(x[j] * scale + 64.5f);
  return top / 63;
}

// The sums of products of one row in 7 bits with four rows of a weight.
static void dots(const int8_t* w, const uint8_t* x, long wide, int32_t* sums) {
#ifdef __AVX2__
  const __m256i ones = _mm256_set1_epi16(1);
  __m256i s[FOUR] = {};
  for (long j = 0; j < wide; j += 32) {
    const __m256i part = _mm256_loadu_si256((const __m256i*)(x + j));
    for (long r = 0; r < FOUR; r++) {
      const __m256i pairs = _mm256_maddubs_epi16(part, _mm256_loadu_si256((const __m256i*)(w + r * wide + j)));
      s[r] = _mm256_add_epi32(s[r], _mm256_madd_epi16(pairs, ones));
    }
  }
  const __m256i all = _mm256_hadd_epi32(_mm256_hadd_epi32(s[0], s[1]), _mm256_hadd_epi32(s[2], s[3]));
  _mm_storeu_si128((__m128i*)sums, _mm_add_epi32(_mm256_castsi256_si128(all), _mm256_extracti128_si256(all, 1)));
#else
  for (long r = 0; r < FOUR; r++) {
    int32_t sum = 0;
    for (long j = 0; j < wide; j++) sum += (int32_t)w[r * wide + j] * x[j];
    sums[r] = sum;
  }
#endif
}

// out = x Wᵀ + bias: x (count, columns), bias (rows,) or null, out (count, rows).
extern "C" void product(const Weight* weight, const float* x, long count, const float* bias, float* out) {
  const long rows = weight->rows, wide = weight->wide;
  std::vector<uint8_t> small(count * wide, 64);
  std::vector<float> steps(count);
  for (long b = 0; b < count; b++) steps[b] = shrink(x + b * weight->columns, weight->columns, &small[b * wide]);
  for (long i = 0; i < rows; i += FOUR)
    for (long b = 0; b < count; b++) {
      int32_t sums[FOUR];
      dots(weight->numbers + i * wide, &small[b * wide], wide, sums);
      for (long n = i; n < i + FOUR && n < rows; n++) {
        const float y = steps[b] * weight->scales[n] * (float)(sums[n - i] - weight->offsets[n]);
        out[b * rows + n] = bias ? y + bias[n] : y;
      }
    }
}
