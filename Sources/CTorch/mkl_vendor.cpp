// Lets MKL, inside libtorch, choose its kernels by what the processor can do.
//
// MKL asks this function whether the processor is Intel's and otherwise takes a generic path that
// leaves AVX-512 unused. Answering yes sends it on to its feature tests, so nothing is run that the
// processor does not have. Measured on an AMD processor with AVX-512, training in float32: 1.7 to 1.9
// times the speed (docs/performance.md). Without effect on Intel's processors.
extern "C" __attribute__((visibility("default"))) int mkl_serv_intel_cpu_true(void) { return 1; }
