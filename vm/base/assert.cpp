#include "vm/base/assert.h"

#include <cstdarg>
#include <cstdio>
#include <cstdlib>

namespace joist {

void panic_at(const char* file, int line, const char* format, ...) {
  char text[1024];
  va_list args;
  va_start(args, format);
  vsnprintf(text, sizeof text, format, args);
  va_end(args);
  fprintf(stderr, "joist: %s:%d: %s\n", file, line, text);
  fflush(stderr);
  abort();
}

}  // namespace joist
