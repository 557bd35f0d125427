// What the command line says about characters; set once at boot.
#pragma once
#include "vm/term/atom.h"

namespace joist {

struct TextSettings {
  bool printable_unicode = false;              // +pc unicode
  Term error_logger_warnings = atom::warning;  // +W: info, warning or error
  Term file_name_warning = atom::warning;      // +fn…: ignore, warning or error, for names that are not in the encoding
};
inline TextSettings text_settings;

}  // namespace joist
