/*
 * A histogram of nanoseconds: 64 buckets per power of two, so a percentile is off by at most 0.8 %.
 *
 * Fixed size and no allocation: recording is a shift and an increment on the path of every request.
 */
#ifndef PIKE_BENCH_HISTOGRAM_H
#define PIKE_BENCH_HISTOGRAM_H
#include <stdint.h>

enum {
  HISTOGRAM_SUB_BITS = 6,
  HISTOGRAM_BUCKETS = (64 - HISTOGRAM_SUB_BITS + 1) << HISTOGRAM_SUB_BITS
};

struct histogram {
  uint64_t total, max_ns;
  uint64_t buckets[HISTOGRAM_BUCKETS];
};

static inline unsigned histogram_index(uint64_t ns) {
  const uint64_t sub_count = 1u << HISTOGRAM_SUB_BITS;
  if (ns < sub_count) return (unsigned)ns;
  const unsigned shift = 63u - (unsigned)__builtin_clzll(ns) - HISTOGRAM_SUB_BITS;
  return ((shift + 1) << HISTOGRAM_SUB_BITS) + (unsigned)((ns >> shift) - sub_count);
}

static inline void histogram_record(struct histogram *histogram, uint64_t ns) {
  histogram->buckets[histogram_index(ns)]++;
  histogram->total++;
  if (ns > histogram->max_ns) histogram->max_ns = ns;
}

/* The middle of the bucket in which the given fraction (0 to 1) of all recorded values is reached.
 */
static inline double histogram_percentile_ns(const struct histogram *histogram, double fraction) {
  const double wanted = fraction * (double)histogram->total;
  uint64_t seen = 0;
  for (unsigned index = 0; index < HISTOGRAM_BUCKETS; index++) {
    seen += histogram->buckets[index];
    if (seen == 0 || (double)seen < wanted) continue;
    const unsigned row = index >> HISTOGRAM_SUB_BITS;
    const double column = index & ((1u << HISTOGRAM_SUB_BITS) - 1);
    if (row == 0) return column;
    const double width = (double)(1ull << (row - 1));
    return ((double)(1u << HISTOGRAM_SUB_BITS) + column + 0.5) * width;
  }
  return 0;
}

#endif
