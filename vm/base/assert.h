// Broken invariants print what they know, then abort.
#pragma once

namespace joist {
// Prints "file:line: message" with printf formatting to stderr and aborts.
[[noreturn, gnu::cold, gnu::format(printf, 3, 4)]] void panic_at(const char* file, int line, const char* format, ...);
}  // namespace joist

#define PANIC(...) ::joist::panic_at(__FILE__, __LINE__, __VA_ARGS__)
// Always checked.
#define VERIFY(cond) (__builtin_expect(!!(cond), 1) ? (void)0 : PANIC("broken invariant: %s", #cond))
// Checked in debug, sanitizer and gc-stress builds.
#ifdef JOIST_DEBUG
#define ASSERT(cond) VERIFY(cond)
#else
#define ASSERT(cond) ((void)0)
#endif
#define UNREACHABLE() PANIC("unreachable")
