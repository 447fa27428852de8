/*
 * The rules of aggregation as a C programmer writes them with 128-bit vectors (AVX, plain multiply and add), by the algorithms of
 * wasm/assembly/aggregate-*.ts, over as many values as bench/page/aggregate.ts gives the kernels. Each rule in several ways: blocks of
 * other sizes, other numbers of vectors at once, prefetched or not, sorted as floats or as integers, each looking for unsound values and
 * not. Prints "rule way checked milliseconds" for each turn of each way, as many turns as the argument says.
 */
#include <immintrin.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define ALWAYS static inline __attribute__((always_inline))

typedef __m128i Bits;
typedef __m128 Floats;

enum { N = 32, D = 1000000, CUT = 6, STRIDE = ((4 * D + 63) / 64 | 1) * 64 };
static char *x;
static char *out;
static double sums[N][N];
static volatile int unsound;

ALWAYS Floats load(const char *at) { return _mm_load_ps((const float *)at); }
ALWAYS void store(char *at, Floats value) { _mm_store_ps((float *)at, value); }

ALWAYS Bits larger(Bits most, Floats value) {
  return _mm_max_epi32(most, _mm_and_si128(_mm_castps_si128(value), _mm_set1_epi32(0x7fffffff)));
}
ALWAYS void judge(Bits most) { unsound |= _mm_movemask_epi8(_mm_cmpgt_epi32(most, _mm_set1_epi32((127 + 56) << 23))); }

/*
 * Mean: `per` vectors at a time, in blocks of `block` bytes, a cache line of each at once. `gathered`: looks at the bits of all values
 * together, enough where all are below 2.
 */
ALWAYS void mean_by_block(const int per, const long block, const int ahead, const int gathered, const int check) {
  Bits most = _mm_setzero_si128(), bits = most;
  for (long start = 0; start < 4 * D; start += block) {
    const long bytes = 4 * D - start < block ? 4 * D - start : block;
    for (int i = 0; i < N; i += per) {
      const char *from = x + (long)i * STRIDE + start;
      char *to = out + start;
      for (long k = 0; k < bytes; k += 64) {
        for (long v = 0; ahead && v < per; v++) _mm_prefetch(from + v * STRIDE + k + ahead, _MM_HINT_T0);
#pragma GCC unroll 4
        for (long q = k; q < k + 64; q += 16) {
          Floats sum = i == 0 ? _mm_setzero_ps() : load(to + q);
#pragma GCC unroll 4
          for (int j = 0; j < per; j += 4) {
            const char *p = from + (long)j * STRIDE + q;
            const Floats a = load(p), b = load(p + STRIDE), c = load(p + 2 * STRIDE), d = load(p + 3 * STRIDE);
            if (check && !gathered) most = larger(larger(larger(larger(most, a), b), c), d);
            if (check && gathered) bits = _mm_or_si128(bits, _mm_castps_si128(_mm_or_ps(_mm_or_ps(a, b), _mm_or_ps(c, d))));
            sum = _mm_add_ps(sum, _mm_add_ps(_mm_add_ps(a, b), _mm_add_ps(c, d)));
          }
          store(to + q, i + per < N ? sum : _mm_div_ps(sum, _mm_set1_ps(N)));
        }
      }
    }
  }
  judge(larger(most, _mm_castsi128_ps(bits)));
}

/* Mean: all vectors' cache lines of the same coordinates together, sums in registers. */
ALWAYS void mean_by_line(const int ahead, const int check) {
  Bits most = _mm_setzero_si128(), also = most;
  for (long k = 0; k < 4 * D; k += 64) {
    Floats sum[4] = {_mm_setzero_ps(), _mm_setzero_ps(), _mm_setzero_ps(), _mm_setzero_ps()};
    const char *p = x + k;
    for (int i = 0; i < N; i += 4, p += 4 * STRIDE) {
      for (long v = 0; ahead && v < 4; v++) _mm_prefetch(p + v * STRIDE + ahead, _MM_HINT_T0);
#pragma GCC unroll 4
      for (int q = 0; q < 4; q++) {
        const char *at = p + 16 * q;
        const Floats a = load(at), b = load(at + STRIDE), c = load(at + 2 * STRIDE), d = load(at + 3 * STRIDE);
        if (check) most = larger(larger(most, a), b), also = larger(larger(also, c), d);
        sum[q] = _mm_add_ps(sum[q], _mm_add_ps(_mm_add_ps(a, b), _mm_add_ps(c, d)));
      }
    }
    for (int q = 0; q < 4; q++) store(out + k + 16 * q, _mm_div_ps(sum[q], _mm_set1_ps(N)));
  }
  judge(_mm_max_epi32(most, also));
}

/* Sorting, as floats or (`whole`) as integers in the same order; rows of scratch are `row` bytes apart. */
static char scratch[N * 1024] __attribute__((aligned(64)));

ALWAYS Bits turned(const int whole, Bits v) {
  return whole ? _mm_xor_si128(v, _mm_and_si128(_mm_srai_epi32(v, 31), _mm_set1_epi32(0x7fffffff))) : v;
}
ALWAYS Bits lower(const int whole, Bits a, Bits b) {
  return whole ? _mm_min_epi32(a, b) : _mm_castps_si128(_mm_min_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b)));
}
ALWAYS Bits upper(const int whole, Bits a, Bits b) {
  return whole ? _mm_max_epi32(a, b) : _mm_castps_si128(_mm_max_ps(_mm_castsi128_ps(a), _mm_castsi128_ps(b)));
}
#define ORDER(a, b) { const Bits t = v[a]; v[a] = lower(whole, t, v[b]); v[b] = upper(whole, t, v[b]); }

ALWAYS Bits octet(const int whole, const int check, const long row, const char *from, Bits most, char *to) {
  for (const char *end = to + row; to < end; to += 16, from += 16) {
    Bits v[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) v[i] = _mm_load_si128((const Bits *)(from + (long)i * STRIDE));
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
      if (check && !whole) most = larger(most, _mm_castsi128_ps(v[i]));
      v[i] = turned(whole, v[i]);
    }
    ORDER(0, 2) ORDER(1, 3) ORDER(4, 6) ORDER(5, 7) ORDER(0, 4) ORDER(1, 5) ORDER(2, 6) ORDER(3, 7) ORDER(0, 1) ORDER(2, 3)
    ORDER(4, 5) ORDER(6, 7) ORDER(2, 4) ORDER(3, 5) ORDER(1, 4) ORDER(3, 6) ORDER(1, 2) ORDER(3, 4) ORDER(5, 6)
    if (check && whole) most = _mm_max_epi32(most, _mm_max_epi32(v[7], _mm_xor_si128(v[0], _mm_set1_epi32(-1))));
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) _mm_store_si128((Bits *)(to + i * row), v[i]);
  }
  return most;
}

ALWAYS void merge_fours(const int whole, const long row, const long half, const int odd, char *at) {
  for (const char *end = at + row; at < end; at += 16) {
    Bits v[8];
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) v[i] = _mm_load_si128((const Bits *)(at + 2 * i * half));
    ORDER(0, 4) ORDER(1, 5) ORDER(2, 6) ORDER(3, 7) ORDER(2, 4) ORDER(3, 5) ORDER(1, 2) ORDER(3, 4) ORDER(5, 6)
#pragma GCC unroll 8
    for (int i = 0; i < 8; i++) {
      Bits *to = (Bits *)(at + 2 * i * half), *next = (Bits *)(at + (2 * i + 1) * half);
      if (odd && i < 7) {
        const Bits t = _mm_load_si128(next);
        _mm_store_si128(to, lower(whole, v[i], t));
        _mm_store_si128(next, upper(whole, v[i], t));
      } else {
        _mm_store_si128(to, v[i]);
      }
    }
  }
}

ALWAYS Bits sort_half(const int whole, const int check, const long row, const char *from, Bits most, char *to) {
  most = octet(whole, check, row, from, most, to);
  most = octet(whole, check, row, from + 8l * STRIDE, most, to + 8 * row);
  merge_fours(whole, row, row, 0, to);
  merge_fours(whole, row, row, 1, to + row);
  return most;
}

ALWAYS void median(const int whole, const long row, const int check) {
  Bits most = _mm_setzero_si128();
  for (long start = 0; start < 4 * D; start += row) {
    most = sort_half(whole, check, row, x + start, most, scratch);
    most = sort_half(whole, check, row, x + start + 16l * STRIDE, most, scratch + 16 * row);
    for (long k = 0; k < row; k += 16) {
      Bits v[16];
#pragma GCC unroll 16
      for (int i = 0; i < 16; i++) {
        const Bits a = _mm_load_si128((Bits *)(scratch + i * row + k)), b = _mm_load_si128((Bits *)(scratch + (i + 16) * row + k));
        v[i] = i < 8 ? upper(whole, a, b) : lower(whole, a, b);
      }
#pragma GCC unroll 3
      for (int half = 8; half > 1; half /= 2) {
#pragma GCC unroll 8
        for (int i = 0; i < half; i++) v[i] = i < half / 2 ? upper(whole, v[i], v[i + half]) : lower(whole, v[i], v[i + half]);
      }
      const Floats sum = _mm_add_ps(_mm_castsi128_ps(turned(whole, v[0])), _mm_castsi128_ps(turned(whole, v[1])));
      store(out + start + k, _mm_add_ps(_mm_mul_ps(sum, _mm_set1_ps(0.5f)), _mm_setzero_ps()));
    }
  }
  judge(most);
}

ALWAYS void trimmed(const int whole, const long row, const int check) {
  Bits most = _mm_setzero_si128();
  for (long start = 0; start < 4 * D; start += row) {
    for (long half = 0; half < 2; half++) {
      most = sort_half(whole, check, row, x + start + half * 16 * STRIDE, most, scratch + half * 16 * row);
    }
    for (long i = 0; i < 2; i++) {
      merge_fours(whole, row, 2 * row, 0, scratch + i * row);
      merge_fours(whole, row, 2 * row, 1, scratch + (i + 2) * row);
    }
    for (long k = 0; k < row; k += 16) {
      /* The last step of the merge, of the rows that stay, and their sum, smallest first. */
      Floats sum = _mm_setzero_ps(), first = sum, last = sum;
#pragma GCC unroll 16
      for (long i = (CUT - 1) / 2; i < (N - CUT) / 2; i++) {
        const Bits s = _mm_load_si128((Bits *)(scratch + (2 * i + 1) * row + k));
        const Bits t = _mm_load_si128((Bits *)(scratch + (2 * i + 2) * row + k));
        const Floats low = _mm_castsi128_ps(turned(whole, lower(whole, s, t)));
        const Floats high = _mm_castsi128_ps(turned(whole, upper(whole, s, t)));
        if (2 * i + 1 >= CUT) sum = _mm_add_ps(sum, low);
        if (2 * i + 1 == CUT) first = low;
        if (2 * i + 2 == CUT) first = high;
        if (2 * i + 2 < N - CUT) sum = _mm_add_ps(sum, high);
        if (2 * i + 1 == N - CUT - 1) last = low;
        if (2 * i + 2 == N - CUT - 1) last = high;
      }
      const Floats mean = _mm_min_ps(_mm_max_ps(_mm_div_ps(sum, _mm_set1_ps(N - 2 * CUT)), first), last);
      store(out + start + k, _mm_add_ps(mean, _mm_setzero_ps()));
    }
  }
  judge(most);
}

/* Squared distances by products, in f32 over `block` bytes and in f64 over blocks; those among four vectors by differences. */
ALWAYS double total(Floats v) {
  const __m128d low = _mm_cvtps_pd(v), high = _mm_cvtps_pd(_mm_movehl_ps(v, v)), two = _mm_add_pd(low, high);
  return _mm_cvtsd_f64(two) + _mm_cvtsd_f64(_mm_unpackhi_pd(two, two));
}

ALWAYS Floats plus(Floats sum, Floats a, Floats b) { return _mm_add_ps(sum, _mm_mul_ps(a, b)); }

/* Four vectors from `a` on against two from `e` on. @returns 0, and adds nothing, where it would cancel */
ALWAYS int products(const char *a, const char *e, const long block, const double *norms, const int i, const int j) {
  Floats s[8];
#pragma GCC unroll 8
  for (int k = 0; k < 8; k++) s[k] = _mm_setzero_ps();
  for (long k = 0; k < block; k += 16) {
    const Floats p = load(e + k), q = load(e + STRIDE + k);
#pragma GCC unroll 4
    for (long v = 0; v < 4; v++) {
      const Floats r = load(a + v * STRIDE + k);
      s[2 * v] = plus(s[2 * v], r, p);
      s[2 * v + 1] = plus(s[2 * v + 1], r, q);
    }
  }
  double apart[8];
  for (int v = 0; v < 8; v++) {
    const double both = norms[i + v / 2] + norms[j + v % 2];
    apart[v] = both - 2 * total(s[v]);
    if (!(apart[v] >= both / 4)) return 0;
  }
  for (int v = 0; v < 8; v++) sums[i + v / 2][j + v % 2] += apart[v];
  return 1;
}

ALWAYS void differences(const char *a, const char *e, const long block, const int i, const int j) {
  Floats s = _mm_setzero_ps();
  for (long k = 0; k < block; k += 16) {
    const Floats apart = _mm_sub_ps(load(a + k), load(e + k));
    s = plus(s, apart, apart);
  }
  sums[i][j] += total(s);
}

ALWAYS void distances(const long block, const int check) {
  Bits most = _mm_setzero_si128();
  memset(sums, 0, sizeof sums);
  for (long start = 0; start < 4 * D; start += block) {
    const long bytes = 4 * D - start < block ? 4 * D - start : block;
    double norms[N];
    for (int i = 0; i < N; i++) {
      const char *p = x + (long)i * STRIDE + start;
      Floats s = _mm_setzero_ps(), t = s;
      for (long k = 0; k < bytes; k += 32) {
        const Floats a = load(p + k), b = load(p + k + 16);
        if (check) most = larger(larger(most, a), b);
        s = plus(s, a, a);
        t = plus(t, b, b);
      }
      norms[i] = total(s) + total(t);
    }
    for (int i = 0; i < N; i += 4) {
      const char *a = x + (long)i * STRIDE + start;
      for (int j = 0; j < i; j += 2) {
        const char *e = x + (long)j * STRIDE + start;
        if (products(a, e, bytes, norms, i, j)) continue;
        for (int v = 0; v < 8; v++) differences(a + v / 2l * STRIDE, e + v % 2l * STRIDE, bytes, i + v / 2, j + v % 2);
      }
      for (int v = 1; v < 4; v++) {
        for (int w = 0; w < v; w++) differences(a + (long)v * STRIDE, a + (long)w * STRIDE, bytes, i + v, i + w);
      }
    }
  }
  judge(most);
}

/* Every way with and without looking at the values, as functions of their own with all else constant. */
#define WAY(rule, name, call)                                                   \
  __attribute__((noinline)) static void rule##_##name##_checked(void) { const int check = 1; call; } \
  __attribute__((noinline)) static void rule##_##name(void) { const int check = 0; call; }
#define WAYS(W)                                                                \
  W(mean, 4_8k, mean_by_block(4, 8192, 0, 0, check))                           \
  W(mean, 8_4k, mean_by_block(8, 4096, 0, 0, check))                           \
  W(mean, 8_16k, mean_by_block(8, 16384, 0, 0, check))                         \
  W(mean, 8_64k, mean_by_block(8, 65536, 0, 0, check))                         \
  W(mean, 8_64k_gathered, mean_by_block(8, 65536, 0, 1, check))                \
  W(mean, 4_64k_gathered, mean_by_block(4, 65536, 0, 1, check))                \
  W(mean, 16_16k_gathered, mean_by_block(16, 16384, 0, 1, check))              \
  W(mean, 16_64k_gathered, mean_by_block(16, 65536, 0, 1, check))              \
  W(mean, 8_16k_prefetched, mean_by_block(8, 16384, 1024, 1, check))           \
  W(mean, 16_64k_prefetched, mean_by_block(16, 65536, 1024, 1, check))         \
  W(mean, lines, mean_by_line(0, check))                                       \
  W(mean, lines_prefetched, mean_by_line(1024, check))                         \
  W(median, float_128, median(0, 128, check))                                  \
  W(median, float_256, median(0, 256, check))                                  \
  W(median, int_128, median(1, 128, check))                                    \
  W(median, int_256, median(1, 256, check))                                    \
  W(median, int_512, median(1, 512, check))                                    \
  W(trimmedMean, float_128, trimmed(0, 128, check))                            \
  W(trimmedMean, float_256, trimmed(0, 256, check))                            \
  W(trimmedMean, int_128, trimmed(1, 128, check))                              \
  W(trimmedMean, int_256, trimmed(1, 256, check))                              \
  W(trimmedMean, int_512, trimmed(1, 512, check))                              \
  W(distances, 2k, distances(2048, check))                                     \
  W(distances, 4k, distances(4096, check))
WAYS(WAY)

static const struct { const char *rule, *name; int checked; void (*run)(void); } ways[] = {
#define ENTRY(rule, name, call) {#rule, #name, 1, rule##_##name##_checked}, {#rule, #name, 0, rule##_##name},
    WAYS(ENTRY)};

/* What a rule is at a coordinate, or for distances between vectors `at` and 31 - `at`, in doubles. */
static double expected(const char *rule, int at) {
  double column[N], total = 0;
  if (strcmp(rule, "distances") == 0) {
    const float *a = (const float *)(x + (long)at * STRIDE), *b = (const float *)(x + (N - 1l - at) * STRIDE);
    for (long k = 0; k < D; k++) total += ((double)a[k] - b[k]) * ((double)a[k] - b[k]);
    return total;
  }
  for (int i = 0; i < N; i++) {
    const double value = ((const float *)(x + (long)i * STRIDE))[at];
    int place = i;
    for (; place > 0 && column[place - 1] > value; place--) column[place] = column[place - 1];
    column[place] = value;
  }
  if (strcmp(rule, "median") == 0) return (column[N / 2 - 1] + column[N / 2]) / 2;
  const int cut = strcmp(rule, "trimmedMean") == 0 ? CUT : 0;
  for (int i = cut; i < N - cut; i++) total += column[i];
  return total / (N - 2 * cut);
}

static int is_right(const char *rule) {
  const int pairs = strcmp(rule, "distances") == 0;
  for (int i = 0; i < 16; i++) {
    const int at = pairs ? i : D - 1 - 997 * i;
    const double want = expected(rule, at), got = pairs ? sums[N - 1 - at][at] : ((const float *)out)[at];
    const double room = 1e-6 + 1e-5 * (want < 0 ? -want : want);
    if (!(got >= want - room && got <= want + room)) return 0;
  }
  return 1;
}

static double milliseconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_MONOTONIC, &now);
  return 1e3 * now.tv_sec + 1e-6 * now.tv_nsec;
}

int main(int count, char **arguments) {
  if (!__builtin_cpu_supports("avx")) return 2;
  x = aligned_alloc(4096, (size_t)N * STRIDE + 4096);
  out = aligned_alloc(4096, 4 * D + 4096);
  memset(out, 0, 4 * D + 4096);
  uint32_t state = 1;
  for (long i = 0; i < ((long)N * STRIDE + 4096) / 4; i++) {
    state = state * 1664525 + 1013904223;
    ((float *)x)[i] = (int32_t)state / 2147483648.f;
  }
  /* The first turn touches what is new; its results are checked and its times not told. */
  for (int turn = 0, turns = count > 1 ? atoi(arguments[1]) : 1; turn <= turns; turn++) {
    for (unsigned i = 0; i < sizeof ways / sizeof *ways; i++) {
      const double start = milliseconds();
      ways[i].run();
      const double taken = milliseconds() - start;
      if (turn == 0 && !is_right(ways[i].rule)) return fprintf(stderr, "%s %s is wrong\n", ways[i].rule, ways[i].name), 3;
      if (turn > 0) printf("%s %s %d %f\n", ways[i].rule, ways[i].name, ways[i].checked, taken);
    }
  }
  return unsound != 0;
}
