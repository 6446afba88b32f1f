// bench-micro: the tables and wheels by themselves, by Google Benchmark. Its options are Google Benchmark's;
// bench/README.md says what is measured.
#include <benchmark/benchmark.h>

BENCHMARK_MAIN();
