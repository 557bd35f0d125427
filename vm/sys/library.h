// Shared libraries: native code that is loaded while the VM runs.
#pragma once
#include <string>

namespace joist::sys {

struct Library;

// Null: *error says why, in the OS's words. A file that is open already gives the same library once more, each to be closed.
Library* library_open(const char* path, std::string* error);
// Null: there is none of that name.
void* library_symbol(Library* library, const char* name, std::string* error);
void library_close(Library* library);
// The program itself and what it was linked with.
Library* library_of_program();

}  // namespace joist::sys
