import Testing

/// All tests of kernels, one after another: the instruction set in use belongs to the process.
@Suite(.serialized) enum KernelTests {}
