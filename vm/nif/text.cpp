// Text as the C library formats it, and terms: %T.
#include <string>

#include "vm/nif/abi.h"
#include "vm/term/print.h"

namespace joist::nif {

namespace {

// One conversion of a format: %[flags][width][.precision][length]letter.
struct Conversion {
  std::string text;       // with * replaced by numbers
  std::string length;
  char letter = 0;
};

template <class T>
void append(std::string* out, const std::string& format, T value) {
  int size = std::snprintf(nullptr, 0, format.c_str(), value);
  if (size <= 0) return;
  size_t at = out->size();
  out->resize(at + size_t(size));
  std::snprintf(out->data() + at, size_t(size) + 1, format.c_str(), value);
}

class Formatter {
 public:
  explicit Formatter(va_list arguments) { va_copy(arguments_, arguments); }
  ~Formatter() { va_end(arguments_); }

  std::string run(const char* format) {
    for (const char* p = format; *p;) {
      if (*p != '%') {
        out_ += *p++;
        continue;
      }
      convert(&p);
    }
    return std::move(out_);
  }

 private:
  void convert(const char** at) {
    const char* p = *at + 1;
    Conversion c{"%", "", 0};
    for (; *p && std::string_view("-+ #0123456789.*").find(*p) != std::string_view::npos; p++) {
      if (*p == '*') c.text += std::to_string(va_arg(arguments_, int));
      else c.text += *p;
    }
    for (; *p && std::string_view("hljztL").find(*p) != std::string_view::npos; p++) c.length += *p;
    c.letter = *p;
    *at = *p ? p + 1 : p;
    write(c);
  }

  void write(const Conversion& c) {
    std::string format = c.text + c.length + c.letter;
    switch (c.letter) {
      case 0: break;
      case '%': out_ += '%'; break;
      case 'T': append(&out_, c.text + "s", print_term(Term::from_raw(va_arg(arguments_, Word))).c_str()); break;
      case 's': append(&out_, format, va_arg(arguments_, const char*)); break;
      case 'p': append(&out_, format, va_arg(arguments_, void*)); break;
      case 'e': case 'E': case 'f': case 'F': case 'g': case 'G': case 'a': case 'A':
        if (c.length == "L") append(&out_, format, va_arg(arguments_, long double));
        else append(&out_, format, va_arg(arguments_, double));
        break;
      case 'n': out_ += format; break;
      default:
        if (c.length.empty() || c.length[0] == 'h') append(&out_, format, va_arg(arguments_, int));
        else append(&out_, format, va_arg(arguments_, long));
    }
  }

  va_list arguments_;
  std::string out_;
};

}  // namespace

ENIF(int, vsnprintf)(char* buffer, size_t size, const char* format, va_list arguments) {
  std::string text = Formatter(arguments).run(format);
  if (size) {
    size_t n = text.size() < size ? text.size() : size - 1;
    text.copy(buffer, n);
    buffer[n] = 0;
  }
  return int(text.size());
}
ENIF(int, vfprintf)(FILE* file, const char* format, va_list arguments) {
  std::string text = Formatter(arguments).run(format);
  return std::fwrite(text.data(), 1, text.size(), file) == text.size() ? int(text.size()) : -1;
}
ENIF(int, snprintf)(char* buffer, size_t size, const char* format, ...) {
  va_list rest;
  va_start(rest, format);
  int n = enif_vsnprintf(buffer, size, format, rest);
  va_end(rest);
  return n;
}
ENIF(int, fprintf)(FILE* file, const char* format, ...) {
  va_list rest;
  va_start(rest, format);
  int n = enif_vfprintf(file, format, rest);
  va_end(rest);
  return n;
}

}  // namespace joist::nif
