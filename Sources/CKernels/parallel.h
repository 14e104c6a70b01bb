#pragma once
#include "include/ckernels.h"

/// Runs a loop on the caller's threads.
void ck_loop(int64_t count, ck_body body, void *context);
