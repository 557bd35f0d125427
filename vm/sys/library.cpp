#include "vm/sys/library.h"

#include <dlfcn.h>

namespace joist::sys {

namespace {

void note_error(std::string* error) {
  const char* text = dlerror();
  if (error) *error = text ? text : "unknown error";
}

}  // namespace

Library* library_open(const char* path, std::string* error) {
  auto* library = static_cast<Library*>(dlopen(path, RTLD_NOW | RTLD_LOCAL));
  if (!library) note_error(error);
  return library;
}

void* library_symbol(Library* library, const char* name, std::string* error) {
  dlerror();
  void* symbol = dlsym(library, name);
  if (!symbol) note_error(error);
  return symbol;
}

void library_close(Library* library) {
  if (library) dlclose(library);
}

Library* library_of_program() {
  static auto* library = static_cast<Library*>(dlopen(nullptr, RTLD_NOW));
  return library;
}

}  // namespace joist::sys
