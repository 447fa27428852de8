/*
 * The peak of 128-bit arithmetic on this core: twelve independent chains in registers, no memory. Prints, for some turns, GFLOP/s of
 * separate multiply and add (the only choice of plain WebAssembly SIMD) and of fused multiply-add (relaxed SIMD), 0 if the processor has
 * none. x86-64 only. Not a realistic benchmark.
 */
#include <immintrin.h>
#include <stdio.h>
#include <time.h>

#define CHAINS(STEP) STEP(0) STEP(1) STEP(2) STEP(3) STEP(4) STEP(5) STEP(6) STEP(7) STEP(8) STEP(9) STEP(10) STEP(11)
#define BEGIN(i) __m128 c##i = _mm_set1_ps(i);
#define TOTAL(i) total += _mm_cvtss_f32(c##i);
#define MUL_ADD(i)                                                             \
  {                                                                            \
    __m128 product;                                                            \
    __asm__ volatile("vmulps %2, %1, %0" : "=x"(product) : "x"(x), "x"(y));    \
    __asm__ volatile("vaddps %1, %0, %0" : "+x"(c##i) : "x"(product));         \
  }
#define FUSED(i) __asm__ volatile("vfmadd231ps %2, %1, %0" : "+x"(c##i) : "x"(x), "x"(y));

static double seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return now.tv_sec + 1e-9 * now.tv_nsec;
}

#define LOOP(name, features, STEP)                                             \
  __attribute__((target(features), noinline)) static float name(long steps) { \
    __m128 x = _mm_set1_ps(1.0000001f), y = _mm_set1_ps(1e-9f);                \
    CHAINS(BEGIN)                                                              \
    for (long k = 0; k < steps; k++) { CHAINS(STEP) }                          \
    float total = 0;                                                           \
    CHAINS(TOTAL)                                                              \
    return total;                                                              \
  }

LOOP(mul_add, "avx", MUL_ADD)
LOOP(fused, "fma", FUSED)

int main(void) {
  const long steps = 200000;
  const double flops = steps * 12.0 * 4 * 2;
  const int has_fma = __builtin_cpu_supports("fma");
  if (!__builtin_cpu_supports("avx")) return 2;
  float kept = 0;
  for (int turn = 0; turn < 41; turn++) {
    const double start = seconds();
    kept += mul_add(steps);
    const double middle = seconds();
    if (has_fma) kept += fused(steps);
    const double end = seconds();
    printf("%f %f\n", flops / (middle - start) / 1e9, has_fma ? flops / (end - middle) / 1e9 : 0);
  }
  return kept == 42;
}
