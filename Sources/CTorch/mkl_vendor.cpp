// Makes MKL, inside libtorch, choose its kernels by the CPU's features.
//
// MKL calls this function to ask whether the CPU is Intel's, and otherwise takes a generic path
// that does not use AVX-512. If the answer is yes, MKL goes on to test the CPU's features, so no
// unsupported instruction is run. Measured on an AMD CPU with AVX-512, training in float32: 1.7 to
// 1.9 times the speed (docs/performance.md). No effect on Intel's CPUs.
extern "C" __attribute__((visibility("default"))) int mkl_serv_intel_cpu_true(void) { return 1; }
