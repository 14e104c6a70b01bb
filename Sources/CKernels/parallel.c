#include "parallel.h"

#include <stdatomic.h>

static void on_this_thread(int64_t count, ck_body body, void *context) { body(context, 0, count); }

static _Atomic(ck_parallel_for) registered = on_this_thread;

void ck_set_parallel_for(ck_parallel_for loop) {
  atomic_store(&registered, loop ? loop : on_this_thread);
}

void ck_loop(int64_t count, ck_body body, void *context) {
  if (count > 0) atomic_load(&registered)(count, body, context);
}
