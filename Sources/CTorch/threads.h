// Loops on libtorch's threads.
#pragma once
#include <c10/util/FunctionRef.h>
#include <cstdint>

namespace ctorch {

/// Runs `body(begin, end)` over parts of `count` iterations, on libtorch's threads.
void for_every_part(int64_t count, c10::function_ref<void(int64_t begin, int64_t end)> body);

} // namespace ctorch
