// Reading and writing file descriptors without blocking, whatever their flags: our own are non-blocking; those inherited from the
// parent (stdin, stdout) keep their flags, since other processes share them.
#pragma once
#include <cstddef>
#include <string_view>

namespace joist::sys {

// Bytes read; 0 at the end; -1 with *error (0: would block).
long read_stream(int fd, void* buffer, size_t size, int* error);
// Bytes written (maybe fewer); -1 with *error (0: would block).
long write_stream(int fd, std::string_view bytes, int* error);
// A pipe whose chosen end is ours (non-blocking); both are closed in children. False: *error.
bool make_pipe(int* read_end, int* write_end, bool ours_is_read, int* error);
// A duplicate that children do not inherit; -1 for -1.
int duplicate_stream(int fd);
void close_stream(int fd);
// Lower-case name of an errno value as POSIX terms in Erlang have it: "enoent".
const char* error_name(int error);

}  // namespace joist::sys
